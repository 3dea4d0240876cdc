import type { ServiceSettings } from '../settings/read-settings.ts'
import type { Send, ServiceContext } from './contract.ts'
import { githubService } from './github.ts'
import { slackService } from './slack.ts'
import { webhookService } from './webhook.ts'

export async function createService(settings: ServiceSettings, context: ServiceContext): Promise<Send> {
  switch (settings.type) {
    case 'slack':
      return slackService(settings.options, context)
    case 'webhook':
      return webhookService(settings.options, context)
    case 'github':
      return githubService(settings.options, context)
    case 'email': {
      // Only who sends mail loads what sends it.
      const { emailService } = await import('./email.ts')
      return emailService(settings.options, context)
    }
  }
}
