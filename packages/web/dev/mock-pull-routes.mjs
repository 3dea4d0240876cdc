import {
  checksOf,
  comments,
  commitsOf,
  fileOf,
  filesOf,
  plansOf,
  protections,
  pulls,
  reports,
  repositories,
  reviews,
} from './mock-pulls.mjs'

const branches = ['main', 'mira/device-graph', 'lea/threshold', 'release/2.16']
const watchers = new Set()
let nextId = 100

/**
 * Answers what is about repositories, pull requests and gates; false for anything else. `tell` are the mock server's ways to answer:
 * `json(response, body)`, `fail(response, status, reason, message, remedy)`, `openStream(request, response)`.
 */
export function answerPulls({ parts, request, url, body, response, scenario }, { json, fail, openStream }) {
  const gone = () => fail(response, 404, 'not-found', `There is nothing at ${url.pathname}`, 'Check the name.')
  const isEmpty = scenario === 'empty'
  if (parts[2] === 'stream' && parts[3] === 'repositories') {
    const send = openStream(request, response)
    watchers.add(send)
    request.on('close', () => watchers.delete(send))
    return true
  }
  if (parts[2] === 'gates' && parts[3] === 'reports') {
    if (parts[4] === undefined) {
      const number = Number(url.searchParams.get('pullRequest'))
      const items = reports.filter((one) => one.repository === url.searchParams.get('repository') && one.pullRequest === number)
      return done(json(response, { items }))
    }
    const report = reports.find(({ id }) => id === parts[4])
    if (!report) return done(gone())
    if (parts[5] === 'override') report.override = { ...body, by: 'admin', at: new Date().toISOString() }
    return done(json(response, report))
  }
  if (parts[2] !== 'repositories') return false
  const [, , , name, what, third, fourth, id, last] = parts
  if (name === undefined) return done(json(response, { items: isEmpty ? [] : repositories }))
  const repository = repositories.find((one) => one.name === name)
  if (!repository)
    return done(fail(response, 404, 'not-found', `There is no repository '${name}'.`, 'List them with `plimsoll repo list`.'))
  if (what === undefined)
    return done(
      json(response, {
        ...repository,
        branches: branches.map((branch, index) => ({ name: branch, commit: pulls[index].head.commit })),
        tags: [{ name: 'v2.14.0', commit: pulls[0].base.commit }],
        protections: protections.get(name) ?? [],
      }),
    )
  if (what === 'protections') {
    if (request.method === 'PUT') protections.set(name, body.items)
    return done(json(response, { items: protections.get(name) ?? [] }))
  }
  if (what === 'tree') {
    const path = url.searchParams.get('path') ?? ''
    const entries = {
      '': [
        { name: 'features', kind: 'directory' },
        { name: 'manifests', kind: 'directory' },
        { name: 'README.md', kind: 'file', size: 1_204 },
        { name: 'gate.yaml', kind: 'file', size: 611 },
        { name: 'train.py', kind: 'executable', size: 8_122 },
      ],
      features: [{ name: 'device_graph.py', kind: 'file', size: 2_011 }],
      manifests: [{ name: 'model.yaml', kind: 'file', size: 404 }],
    }[path]
    return done(
      entries
        ? json(response, { commit: pulls[0].head.commit, path, entries, isTruncated: false })
        : fail(response, 404, 'path-not-found', `'${path}' is no folder of '${name}'.`, 'Check the path.'),
    )
  }
  if (what === 'file') {
    const path = url.searchParams.get('path') ?? ''
    return done(json(response, { commit: url.searchParams.get('revision'), path, kind: 'file', size: 2_011, text: fileOf(path) }))
  }
  if (what === 'commits' && fourth === 'checks') return done(json(response, { items: checksOf(third) }))
  if (what === 'commits') return done(json(response, { items: commitsOf(421) }))
  if (what === 'compare')
    return done(json(response, { base: 'b', head: 'h', ahead: 4, behind: 0, commits: commitsOf(421), files: [], isTruncated: false }))
  if (what !== 'pulls') return done(gone())
  if (third === undefined) {
    const state = url.searchParams.get('state') ?? 'open'
    const items = pulls.filter((one) => one.repository === name && (state === 'all' || one.state === state))
    return done(json(response, { items: isEmpty ? [] : items }))
  }
  const pull = pulls.find((one) => one.repository === name && one.number === Number(third))
  if (!pull) return done(fail(response, 404, 'not-found', `Repository '${name}' has no pull request ${third}.`, 'Check the number.'))
  const key = `${name} ${third}`
  const now = new Date().toISOString()
  const changed = () =>
    watchers.forEach((send) => send({ kind: 'edited', repository: name, number: pull.number, by: 'admin', at: Date.now() }))
  if (fourth === undefined) {
    if (request.method === 'PATCH') {
      const { base, ...rest } = body
      Object.assign(pull, rest, base && { base: { ...pull.base, branch: base } })
      if (rest.state === 'closed') pull.closed = { at: now, by: 'admin' }
      changed()
    }
    return done(json(response, pull))
  }
  if (fourth === 'merge') {
    const unmet = pull.requirements.filter(({ isMet }) => !isMet)
    if (unmet.length > 0)
      return done(fail(response, 409, 'merge-blocked', unmet.map(({ text }) => text).join(' '), 'Meet what is demanded first.'))
    if (pull.author === 'jonas') return done(fail(response, 409, 'conflict', 'The head moved to 1a2b3c4.', 'Look again.'))
    Object.assign(pull, { state: 'merged', merged: { at: now, by: 'admin', commit: pull.head.commit, method: body.method } })
    changed()
    return done(json(response, pull))
  }
  if (fourth === 'files') return done(json(response, filesOf(pull.number)))
  if (fourth === 'commits') return done(json(response, { items: commitsOf(pull.number) }))
  if (fourth === 'plan') return done(json(response, { items: plansOf(pull.number) }))
  if (fourth === 'comments') {
    const all = comments.get(key) ?? []
    comments.set(key, all)
    if (request.method === 'POST') {
      const root = all.find((one) => one.id === body.inReplyTo)
      const isLine = body.path !== undefined || root?.kind === 'line'
      const made = {
        id: `new${nextId++}`,
        author: 'admin',
        createdAt: now,
        updatedAt: now,
        kind: isLine ? 'line' : 'comment',
        ...(root?.kind === 'line' && { path: root.path, line: root.line, side: root.side }),
        ...body,
        ...(isLine && { currentPath: body.path ?? root.currentPath, currentLine: body.line ?? root.currentLine, isOutdated: false }),
      }
      all.push(made)
      changed()
      return done(json(response, made))
    }
    if (id !== undefined) {
      const found = all.find((one) => one.id === id)
      if (!found) return done(gone())
      Object.assign(found, body, { updatedAt: now })
      changed()
      return done(json(response, found))
    }
    return done(json(response, { items: all }))
  }
  if (fourth === 'reviews') {
    const all = reviews.get(key) ?? []
    reviews.set(key, all)
    if (last === 'dismiss') {
      const found = all.find((one) => one.id === id)
      Object.assign(found, { state: 'dismissed', void: `dismissed by admin: ${body.why}` })
      changed()
      return done(json(response, found))
    }
    if (request.method === 'POST') {
      const made = {
        id: `r${nextId++}`,
        author: 'admin',
        state: body.state,
        body: body.body,
        commit: pull.head.commit,
        baseBranch: pull.base.branch,
        submittedAt: now,
      }
      all.push(made)
      changed()
      return done(json(response, made))
    }
    return done(json(response, { items: all }))
  }
  return done(gone())
}

function done() {
  return true
}
