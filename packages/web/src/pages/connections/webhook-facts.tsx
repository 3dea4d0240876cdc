import type { NewWebhook, RemoteProvider } from '@plimsoll/api'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Problem } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'

/** What a provider is to be told. The secret is shown this once. */
export function WebhookFacts({ webhook, provider }: { webhook: NewWebhook; provider: RemoteProvider }) {
  const words = useWords()
  const w = words.connections.webhook
  return (
    <Problem title={w.once} tone="hold" icon="i-lock" role="status">
      <dl className="facts">
        <Fact label={w.address} value={webhook.url} />
        <Fact label={w.secret} value={webhook.secret} />
        <div className="fact">
          <dt>{w.type}</dt>
          <dd>
            <code>application/json</code>
          </dd>
        </div>
        <div className="fact">
          <dt>{w.events}</dt>
          <dd>{w.eventsOf[provider]}</dd>
        </div>
      </dl>
    </Problem>
  )
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>
        <span className="copied">
          <code className="new-token" aria-label={label}>
            {value}
          </code>
          <CopyButton text={value} />
        </span>
      </dd>
    </div>
  )
}
