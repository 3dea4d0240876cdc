import { z } from 'zod'

/** One condition of a trigger, and which templates are sent when it holds. */
export const TriggerCondition = z.looseObject({
  /** An expression that is true or false. YAML reads a bare `true` as what it is. */
  when: z.union([z.string(), z.boolean()]).transform(String).optional(),
  oncePer: z.string().optional(),
  description: z.string().optional(),
  send: z.array(z.string()).optional(),
})
export type TriggerCondition = z.infer<typeof TriggerCondition>

/** YAML of one condition may be without its list. */
export const Trigger = z.union([z.array(TriggerCondition), TriggerCondition.transform((one) => [one])])

const text = z.string().optional()

const WebhookMessage = z.looseObject({ method: text, path: text, body: text })

const GitHubMessage = z.looseObject({
  repoURLPath: text,
  revisionPath: text,
  status: z.looseObject({ state: text, label: text, targetURL: text }).optional(),
  deployment: z
    .looseObject({
      state: text,
      environment: text,
      environmentURL: text,
      logURL: text,
      reference: text,
      requiredContexts: z.array(z.string()).optional(),
      autoMerge: z.boolean().optional(),
      transientEnvironment: z.boolean().optional(),
    })
    .optional(),
  pullRequestComment: z.looseObject({ content: text, commentTag: text }).optional(),
  checkRun: z
    .looseObject({
      name: text,
      details_url: text,
      status: text,
      conclusion: text,
      started_at: text,
      completed_at: text,
      output: z.looseObject({ title: text, summary: text, text }).optional(),
    })
    .optional(),
  repositoryDispatch: z.looseObject({ event_type: text, client_payload: text }).optional(),
})
export type GitHubMessage = z.infer<typeof GitHubMessage>

const SlackMessage = z.looseObject({
  username: text,
  icon: text,
  attachments: text,
  blocks: text,
  groupingKey: text,
  notifyBroadcast: z.boolean().optional(),
  deliveryPolicy: z.enum(['Post', 'PostAndUpdate', 'Update']).optional(),
})
export type SlackMessage = z.infer<typeof SlackMessage>

/** A template, and also what it makes: every text of it may be one of Go's templates, or is what that has become. */
export const NotificationTemplate = z.looseObject({
  message: text,
  slack: SlackMessage.optional(),
  email: z.looseObject({ subject: text, body: text }).optional(),
  webhook: z.record(z.string(), WebhookMessage).optional(),
  github: GitHubMessage.optional(),
})
export type NotificationTemplate = z.infer<typeof NotificationTemplate>

export const DefaultSubscription = z.looseObject({
  recipients: z.array(z.string()).optional(),
  triggers: z.array(z.string()).nullish(),
  selector: z.string().nullish(),
})

const secret = z.union([z.string(), z.number()]).transform(String)
/** YAML of an address may have a port as a text. */
const port = z.coerce.number().int().min(1).max(65_535)

export const SlackOptions = z.looseObject({
  token: secret,
  username: text,
  icon: text,
  apiURL: z.url().optional(),
  disableUnfurl: z.boolean().optional(),
})
export type SlackOptions = z.infer<typeof SlackOptions>

/** Durations as Go writes them (`5s`), or nanoseconds. */
const duration = z.union([z.string(), z.number()]).optional()

export const WebhookOptions = z.looseObject({
  url: z.string(),
  headers: z.array(z.looseObject({ name: z.string(), value: secret })).nullish(),
  basicAuth: z.looseObject({ username: secret, password: secret }).nullish(),
  retryMax: z.number().int().min(0).max(10).optional(),
  retryWaitMin: duration,
  retryWaitMax: duration,
})
export type WebhookOptions = z.infer<typeof WebhookOptions>

export const EmailOptions = z.looseObject({
  host: z.string().min(1),
  port: port.default(587),
  username: secret.optional(),
  password: secret.optional(),
  from: z.string().min(1),
  html: z.boolean().optional(),
})
export type EmailOptions = z.infer<typeof EmailOptions>

const id = z.union([z.string(), z.number()]).transform(String)

export const GitHubOptions = z
  .looseObject({
    appID: id.optional(),
    installationID: id.optional(),
    privateKey: z.string().optional(),
    /** Our own: instead of an app. */
    token: secret.optional(),
    enterpriseBaseURL: z.url().optional(),
  })
  .refine(
    ({ token, appID, installationID, privateKey }) =>
      token !== undefined || (appID !== undefined && installationID !== undefined && privateKey !== undefined),
    'needs appID, installationID and privateKey of a GitHub app, or a token',
  )
export type GitHubOptions = z.infer<typeof GitHubOptions>
