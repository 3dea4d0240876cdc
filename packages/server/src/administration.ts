import { openRecords } from '@plimsoll/records'
import { adminName, storeAdminPassword } from './auth/admin-account.ts'
import { generatePassword } from './auth/passwords.ts'
import { settingNames } from './auth/settings.ts'
import { PlimsollError } from '@plimsoll/api'
import { type WebhookProvider, webhookProviders } from './routes/webhook.ts'

/** What is done on the machine itself, beside a server that runs or not. Both are written down. */

/** Sets the administrator's password, or makes one, and ends every session. Returns it. */
export async function setAdminPassword(dataDir: string, password: string = generatePassword()): Promise<string> {
  const records = await openRecords({ dataDir })
  try {
    await storeAdminPassword(records, password)
    await records.appendAudit({
      actor: 'system:machine',
      origin: 'cli',
      action: 'account.set-password',
      object: `accounts/${adminName}`,
      outcome: 'allowed',
      at: Date.now(),
    })
    return password
  } finally {
    await records.close()
  }
}

/** The secret that GitHub, GitLab or Gitea signs webhooks with; '' turns its webhooks off. */
export async function setWebhookSecret(dataDir: string, provider: WebhookProvider, secret: string): Promise<void> {
  if (!webhookProviders.includes(provider)) throw new PlimsollError('invalid-request', `provider: can be ${webhookProviders.join(', ')}.`)
  const records = await openRecords({ dataDir })
  try {
    await records.setSetting(settingNames.webhookSecret(provider), secret)
    await records.appendAudit({
      actor: 'system:machine',
      origin: 'cli',
      action: 'webhook.set-secret',
      object: `webhooks/${provider}`,
      outcome: 'allowed',
      at: Date.now(),
    })
  } finally {
    await records.close()
  }
}
