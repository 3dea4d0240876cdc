import { fetchOutside } from '@plimsoll/network'
import type { SlackMessage, SlackOptions } from '../settings/fields.ts'
import {
  excerpt,
  maxAnswerBytes,
  type Message,
  requestTimeoutMs,
  retryAfterMs,
  type Send,
  SendError,
  type ServiceContext,
} from './contract.ts'

interface SlackAnswer {
  ok?: boolean
  error?: string
  channel?: string
  ts?: string
}

/** Slack's `chat.postMessage` and `chat.update`, with threads by grouping key (notifications-engine `pkg/services/slack.go`). */
export function slackService(options: SlackOptions, context: ServiceContext): Send {
  const api = (options.apiURL ?? 'https://slack.com/api/').replace(/\/*$/, '/')

  async function ask(method: string, body: Record<string, unknown>): Promise<SlackAnswer> {
    const answer = await fetchOutside(new URL(`${api}${method}`), {
      policy: context.policy,
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      maxBytes: maxAnswerBytes,
      timeoutMs: requestTimeoutMs,
    })
    const wait = retryAfterMs(answer.headers['retry-after'], context.now())
    if (answer.status !== 200) throw new SendError(`Slack answers ${answer.status} to ${method}: ${excerpt(answer.body)}`, wait)
    const said = jsonOf(answer.body.toString('utf8')) as SlackAnswer | undefined
    if (said?.ok !== true)
      throw new SendError(`Slack refuses ${method}: ${String(said?.error ?? excerpt(answer.body)).slice(0, 200)}`, wait)
    return said
  }

  return async (message) => {
    const slack = message.content.slack ?? {}
    const { groupingKey = '', deliveryPolicy = 'Post' } = slack
    const body = bodyOf(message, slack, options)
    const thread = `slack ${message.service} ${message.recipient} ${groupingKey}`
    const known = groupingKey === '' ? undefined : threadOf(await context.remember.get(thread))
    if (known === undefined || deliveryPolicy !== 'Update') {
      const posted = await ask('chat.postMessage', {
        channel: message.recipient,
        ...body,
        ...(known && { thread_ts: known.ts }),
        ...(slack.notifyBroadcast === true && known && { reply_broadcast: true }),
      })
      if (groupingKey !== '' && known === undefined && posted.ts !== undefined)
        await context.remember.set(thread, JSON.stringify({ ts: posted.ts, channel: posted.channel ?? message.recipient }))
    }
    // An update is of the message that began the thread, in the channel by its id.
    if (known !== undefined && deliveryPolicy !== 'Post') await ask('chat.update', { channel: known.channel, ts: known.ts, ...body })
  }
}

function bodyOf({ content }: Message, slack: SlackMessage, options: SlackOptions): Record<string, unknown> {
  const icon = slack.icon || options.icon || ''
  const username = slack.username || options.username || ''
  const attachments = listIn(slack.attachments, 'attachments')
  const blocks = listIn(slack.blocks, 'blocks')
  return {
    text: content.message ?? '',
    ...(username !== '' && { username }),
    ...(/^:.+:$/.test(icon) && { icon_emoji: icon }),
    ...(/^https?:\/\/./.test(icon) && { icon_url: icon }),
    ...(attachments && { attachments }),
    ...(blocks && { blocks }),
    ...(options.disableUnfurl === true && { unfurl_links: false, unfurl_media: false }),
  }
}

function listIn(text: string | undefined, name: string): unknown[] | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const list = jsonOf(text)
  if (Array.isArray(list)) return list
  throw new SendError(`slack.${name} of the template is no JSON list once it is filled in: ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}`)
}

function threadOf(text: string | undefined): { ts: string; channel: string } | undefined {
  return text === undefined ? undefined : (jsonOf(text) as { ts: string; channel: string } | undefined)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
