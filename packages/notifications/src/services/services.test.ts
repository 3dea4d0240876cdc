import { generateKeyPairSync, createVerify } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EmailOptions, GitHubOptions, type NotificationTemplate, SlackOptions, WebhookOptions } from '../settings/fields.ts'
import type { Message, ServiceContext } from './contract.ts'
import { emailService } from './email.ts'
import { githubService } from './github.ts'
import { slackService } from './slack.ts'
import { webhookService } from './webhook.ts'

interface Request {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: unknown
}

let url = ''
let requests: Request[] = []
let answers: (request: Request) => { status: number; body: unknown; headers?: Record<string, string> }
const server = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  request.on('end', () => {
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    requests.push(one)
    const answer = answers(one)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body))
  })
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  requests = []
  answers = () => ({ status: 200, body: { ok: true, ts: '17.1', channel: 'C9' } })
})

function context(allowPrivateHosts = true): ServiceContext {
  const memory = new Map<string, string>()
  return {
    policy: { allowPrivateHosts },
    now: Date.now,
    remember: {
      get: async (key) => memory.get(key),
      set: async (key, value) => {
        memory.set(key, value)
      },
    },
  }
}

const message = (content: NotificationTemplate, service = 'hook', recipient = 'general'): Message => ({
  service,
  recipient,
  content,
  about: { repoURL: 'git@github.com:team/app.git', revision: 'abc123' },
  id: 'id-1',
})
const bodies = (): unknown[] => requests.map(({ path, body }) => [path, body])

describe('Slack', () => {
  it('answers in the thread of a group, and changes its first message where that is wanted', async () => {
    const send = slackService(SlackOptions.parse({ token: 't', apiURL: url, icon: ':ship:' }), context())
    const grouped = (deliveryPolicy: 'Post' | 'Update' | 'PostAndUpdate', text: string): Message =>
      message({ message: text, slack: { groupingKey: 'g', deliveryPolicy, notifyBroadcast: true } }, 'slack')

    await send(grouped('Post', 'one'))
    await send(grouped('Post', 'two'))
    await send(grouped('Update', 'three'))
    await send(grouped('PostAndUpdate', 'four'))

    const post = { channel: 'general', icon_emoji: ':ship:' }
    const thread = { ...post, thread_ts: '17.1', reply_broadcast: true }
    const update = { channel: 'C9', ts: '17.1', icon_emoji: ':ship:' }
    expect(bodies()).toEqual([
      ['/chat.postMessage', { ...post, text: 'one' }],
      ['/chat.postMessage', { ...thread, text: 'two' }],
      ['/chat.update', { ...update, text: 'three' }],
      ['/chat.postMessage', { ...thread, text: 'four' }],
      ['/chat.update', { ...update, text: 'four' }],
    ])
  })

  it('has blocks, and refuses what is none', async () => {
    const send = slackService(SlackOptions.parse({ token: 't', apiURL: url, disableUnfurl: true }), context())

    await send(message({ message: 'm', slack: { blocks: '[{"type":"divider"}]', username: 'ship' } }))

    expect(bodies()).toEqual([
      [
        '/chat.postMessage',
        { channel: 'general', text: 'm', username: 'ship', blocks: [{ type: 'divider' }], unfurl_links: false, unfurl_media: false },
      ],
    ])
    await expect(send(message({ slack: { blocks: '{{' } }))).rejects.toThrow('slack.blocks of the template is no JSON list')
  })

  it('says how long it wants to be left alone', async () => {
    answers = () => ({ status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': '30' } })
    const send = slackService(SlackOptions.parse({ token: 't', apiURL: url }), context())

    await expect(send(message({ message: 'm' }))).rejects.toMatchObject({ name: 'SendError', retryAfterMs: 30_000 })
  })
})

describe('a webhook', () => {
  it('is tried again after an error of the server, and under one id', async () => {
    answers = () => (requests.length < 3 ? { status: 503, body: {} } : { status: 204, body: {} })
    const send = webhookService(WebhookOptions.parse({ url, retryWaitMin: '1ms', retryWaitMax: '2ms' }), context())

    await send(message({ webhook: { hook: { method: 'PUT', path: '/a?b=c', body: 'text' } } }))

    expect(requests).toHaveLength(3)
    expect(
      new Set(requests.map(({ method, path, body, headers }) => `${method} ${path} ${String(body)} ${String(headers['idempotency-key'])}`)),
    ).toEqual(new Set(['PUT /a?b=c text id-1']))
  })

  it('gets the message where the template has nothing of its own for it', async () => {
    await webhookService(WebhookOptions.parse({ url }), context())(message({ message: 'hello', webhook: { other: { method: 'POST' } } }))

    expect(requests).toMatchObject([{ method: 'GET', body: 'hello' }])
  })

  it.each([
    ['a client error is final', { status: 404, body: { error: 'no such hook' } }, 1],
    ['a server that stays broken is given up', { status: 500, body: {} }, 3],
  ])('%s', async (_what, answer, times) => {
    answers = () => answer
    const send = webhookService(WebhookOptions.parse({ url, retryMax: 2, retryWaitMin: '1ms', retryWaitMax: '1ms' }), context())

    await expect(send(message({ message: 'm' }))).rejects.toThrow(`answers ${answer.status}`)
    expect(requests).toHaveLength(times)
  })

  it.each(['@evil.example/', '.evil.example/', ':1@evil.example'])('a path %s leads nowhere else', async (path) => {
    const send = webhookService(WebhookOptions.parse({ url: 'https://hooks.example.com' }), context())

    await expect(send(message({ webhook: { hook: { method: 'POST', path } } }))).rejects.toThrow()
    expect(requests).toEqual([])
  })

  it('of this machine is not dialled unless the operator allows it', async () => {
    const send = webhookService(WebhookOptions.parse({ url }), context(false))

    await expect(send(message({ message: 'm' }))).rejects.toThrow('an address inside this machine')
    expect(requests).toEqual([])
  })
})

describe('e-mail', () => {
  it('of this machine is not sent unless the operator allows it', async () => {
    const options = EmailOptions.parse({ host: '127.0.0.1', port: 25, from: 'a@example.com' })

    await expect(emailService(options, context(false))(message({ message: 'm' }, 'email', 'b@example.com'))).rejects.toThrow(
      'an address inside this machine',
    )
  })
})

describe('GitHub', () => {
  it('is asked as an app, with a token of its own for an hour', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    answers = ({ path }) => (path.endsWith('/access_tokens') ? { status: 201, body: { token: 'ghs_1' } } : { status: 201, body: {} })
    const send = githubService(GitHubOptions.parse({ appID: 7, installationID: '9', privateKey: pem, enterpriseBaseURL: url }), context())
    const status = {
      message: 'x'.repeat(200),
      github: { status: { state: 'success', label: 'cd/shop', targetURL: 'https://cd.example.com' } },
    }

    await send(message(status, 'github'))
    await send(message(status, 'github'))

    expect(requests.map(({ path }) => path)).toEqual([
      '/api/v3/app/installations/9/access_tokens',
      '/api/v3/repos/team/app/statuses/abc123',
      '/api/v3/repos/team/app/statuses/abc123',
    ])
    expect(requests[1]).toMatchObject({
      headers: { authorization: 'Bearer ghs_1' },
      body: { state: 'success', context: 'cd/shop', target_url: 'https://cd.example.com', description: `${'x'.repeat(137)}...` },
    })
    const [head = '', payload = '', signature = ''] = (requests[0]?.headers.authorization ?? '').replace('Bearer ', '').split('.')
    expect(createVerify('RSA-SHA256').update(`${head}.${payload}`).verify(publicKey, signature, 'base64url')).toBe(true)
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ iss: '7' })
  })

  it('has a deployment made once, and its status set', async () => {
    answers = ({ method, path }) =>
      method === 'GET' ? { status: 200, body: [] } : { status: 201, body: path.endsWith('/deployments') ? { id: 5 } : {} }
    const send = githubService(GitHubOptions.parse({ token: 'pat', enterpriseBaseURL: url }), context())

    await send(message({ message: 'm', github: { deployment: { state: 'success', environment: 'prod' } } }))

    expect(requests.map(({ method, path }) => `${method} ${path.replace('/api/v3/repos/team/app', '')}`)).toEqual([
      'GET /deployments?ref=abc123&environment=prod',
      'POST /deployments',
      'POST /deployments/5/statuses',
    ])
    expect(requests[1]?.body).toEqual({
      ref: 'abc123',
      environment: 'prod',
      required_contexts: [],
      auto_merge: true,
      transient_environment: false,
    })
  })

  it('keeps one comment of a tag on each pull request', async () => {
    const mark = '<!-- argocd-notifications cd -->'
    answers = ({ path }) => {
      if (path.endsWith('/pulls')) return { status: 200, body: [{ number: 1 }, { number: 2 }] }
      return { status: 200, body: path.includes('/issues/1/comments') ? [{ id: 3, body: `old ${mark}` }] : [] }
    }
    const send = githubService(GitHubOptions.parse({ token: 'pat', enterpriseBaseURL: url }), context())

    await send(message({ github: { pullRequestComment: { content: 'new', commentTag: 'cd' } } }))

    expect(requests.filter(({ method }) => method !== 'GET')).toMatchObject([
      { method: 'PATCH', path: '/api/v3/repos/team/app/issues/comments/3', body: { body: `new\n${mark}` } },
      { method: 'POST', path: '/api/v3/repos/team/app/issues/2/comments', body: { body: `new\n${mark}` } },
    ])
  })

  it('is not asked again for a commit that has too many statuses, and is for whatever else it refuses', async () => {
    const send = githubService(GitHubOptions.parse({ token: 'pat', enterpriseBaseURL: url }), context())
    const status = { github: { status: { state: 'success', label: 'l' } } }
    answers = () => ({ status: 422, body: { message: 'This SHA and context has reached the maximum number of statuses.' } })

    await expect(send(message(status))).resolves.toBeUndefined()
    answers = () => ({ status: 403, body: { message: 'Resource not accessible' } })
    await expect(send(message(status))).rejects.toThrow('GitHub answers 403')
  })
})
