import { accounts, deliveries, fraud, promotions, releases } from './mock-deliveries.mjs'
import { reports } from './mock-pulls.mjs'
import { artifacts, logOf, runs, workflows } from './mock-runs.mjs'

let acting
const watchers = new Set()

/** Who is signed in: the administrator, or whom they play. */
export function identityOf() {
  const account = accounts.find(({ name }) => name === (acting ?? 'admin'))
  const { name: username, displayName, role, groups } = account
  return { loggedIn: true, iss: 'plimsoll', username, role, groups, ...(displayName && { displayName }), ...(acting && { actor: 'admin' }) }
}

/** Answers what is about runs, deliveries, models and people; false for anything else. `tell` as for the pull requests. */
export function answerRuns({ parts, request, url, body, response, scenario }, { json, fail, openStream }) {
  const [, , kind, name, what] = parts
  const isEmpty = scenario === 'empty'
  const query = url.searchParams
  const gone = () => done(fail(response, 404, 'not-found', `There is nothing at ${url.pathname}`, 'Check the name.'))
  const page = (items, id) => {
    const before = query.get('before')
    const from = before === null ? 0 : items.findIndex((one) => id(one) === before) + 1
    return done(json(response, { items: isEmpty ? [] : items.slice(from, from + Number(query.get('limit') ?? 50)) }))
  }
  if (kind === 'runs') {
    if (name === undefined)
      return page(
        runs.filter(
          (run) =>
            (!query.get('repository') || run.repository === query.get('repository')) &&
            (!query.get('state') || run.state === query.get('state')) &&
            (!query.get('workflow') || run.workflow.path === query.get('workflow')) &&
            (!query.get('pullRequest') || run.pullRequest === Number(query.get('pullRequest'))),
        ),
        (run) => run.id,
      )
    const run = runs.find(({ id }) => id === name)
    if (!run) return gone()
    if (what === 'artifacts') return done(json(response, { items: run.jobs.length > 1 ? artifacts : [] }))
    if (what === 'stream') return done(openStream(request, response)({ result: run }))
    if (what === 'cancel') Object.assign(run, { state: 'completed', conclusion: 'cancelled', finishedAt: new Date().toISOString() })
    if (what === 'rerun') Object.assign(run, { attempt: run.attempt + 1 })
    if (what === 'decide') Object.assign(run, { state: 'inProgress', jobs: run.jobs.map((job) => ({ ...job, state: 'inProgress' })) })
    return done(json(response, run))
  }
  if (kind === 'jobs') {
    if (parts[5] === 'stream')
      return done(openStream(request, response)({ result: logOf(name, Number(query.get('after') ?? 0), 1_000).lines }))
    if (parts[5] === 'raw') return done(response.end('raw'))
    return done(json(response, logOf(name, Number(query.get('after') ?? 0), Number(query.get('limit') ?? 1_000))))
  }
  if (kind === 'repositories' && what === 'workflows') {
    if (request.method === 'POST') return done(json(response, { items: [runs[0]] }))
    return done(json(response, { commit: '0'.repeat(40), items: name === 'fraud-detector' ? workflows : [] }))
  }
  if (kind === 'stream' && name === 'deliveries') {
    const send = openStream(request, response)
    if (!isEmpty) for (const delivery of deliveries) send({ result: { type: 'ADDED', delivery } })
    watchers.add(send)
    request.on('close', () => watchers.delete(send))
    return true
  }
  if (kind === 'deliveries') {
    if (name === undefined) return done(json(response, { items: isEmpty ? [] : deliveries }))
    const delivery = deliveries.find((one) => one.name === name)
    if (!delivery)
      return done(fail(response, 404, 'not-found', `There is no delivery '${name}'.`, 'List them with `plimsoll delivery list`.'))
    if (request.method === 'POST') change(delivery, what, body)
    return done(json(response, delivery))
  }
  if (kind === 'deployments')
    return page(
      promotions.filter(
        (one) =>
          (!query.get('delivery') || one.delivery === query.get('delivery')) &&
          (!query.get('stage') || one.stage === query.get('stage')) &&
          (!query.get('model') || one.release.model.digest.includes(query.get('model'))),
      ),
      (one) => one.id,
    )
  if (kind === 'releases') return done(json(response, name === undefined ? { items: releases } : releases.find((one) => one.name === name)))
  if (kind === 'gates' && name === 'reports' && what === undefined && !query.get('pullRequest')) return page(reports, (one) => one.id)
  if (kind === 'account' || kind === 'accounts') return people({ parts, request, body, response, json, gone })
  if (kind === 'people') {
    acting = body.account === 'admin' ? undefined : body.account
    return done(json(response, { token: 'mock', account: body.account }))
  }
  if (kind === 'demo' && name === 'ask')
    return done(
      json(response, {
        payment: { amount: 15 },
        answers: [
          { stage: 'staging', model: releases[0].model.digest, probability: 0.912, isFraud: true },
          { stage: 'production', model: releases[1].model.digest, probability: 0.083, isFraud: false },
        ],
      }),
    )
  if (kind === 'demo') return done(fail(response, 409, 'conflict', 'The mock proposes nothing.', 'Start the demo.'))
  return false
}

function change(delivery, what, body) {
  const stage = delivery.stages.find((one) => one.name === body.stage)
  if (what === 'hold') delivery.hold = { by: 'admin', why: body.why, since: new Date().toISOString() }
  if (what === 'resume') delete delivery.hold
  if (what === 'approve' && stage?.next) {
    stage.next.approvals.given.push({ release: body.release, stage: body.stage, by: acting ?? 'admin', at: new Date().toISOString() })
    const approval = stage.next.requirements.find((one) => one.kind === 'approvals')
    Object.assign(approval, { isMet: true, figure: '1 of 1', text: `by ${acting ?? 'admin'}` })
  }
  if (what === 'override' && stage?.next) {
    const requirement = stage.next.requirements.find((one) => one.id === body.requirement)
    if (requirement)
      Object.assign(requirement, { isMet: true, overridden: { by: acting ?? 'admin', why: body.why, at: new Date().toISOString() } })
  }
  for (const send of watchers) send({ result: { type: 'MODIFIED', delivery } })
}

function people({ parts, request, body, response, json, gone }) {
  const [, , kind, name, what, id] = parts
  const account = accounts.find((one) => one.name === name)
  if (kind === 'account' && name === undefined) return done(json(response, { items: accounts }))
  if (kind === 'account' && name === 'password') return done(json(response, {}))
  if (kind === 'accounts' && request.method === 'POST') {
    accounts.push({ groups: [], enabled: true, createdAt: new Date().toISOString(), tokens: [], ...body })
    return done(json(response, accounts.at(-1)))
  }
  if (!account) return gone()
  if (what === 'token' && request.method === 'POST') {
    const expiresAt = new Date(Date.now() + body.expiresIn * 1_000).toISOString()
    account.tokens.push({ id: 'a1b2c3', label: body.label, issuedAt: new Date().toISOString(), expiresAt })
    return done(json(response, { token: 'plm_4b0d6c1f9e2a7735d8c41', id: 'a1b2c3', expiresAt }))
  }
  if (what === 'token') account.tokens = account.tokens.filter((one) => one.id !== id)
  else if (request.method === 'DELETE') accounts.splice(accounts.indexOf(account), 1)
  else Object.assign(account, body)
  return done(json(response, account))
}

/** The demo's own names, for the guide. */
export const demoDelivery = fraud

function done() {
  return true
}
