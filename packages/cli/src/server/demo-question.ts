import { request } from 'node:http'
import { type DemoAnswer, PlimsollError } from '@plimsoll/api'
import { demoApplicationName, demoName, demoStages } from './demo.ts'

/** A small payment of a known card from a phone that nobody knows, the ninth within an hour. */
const payment = { amount: 15, hour: 14, country: 'KR', card_country: 'KR', device_age_days: 0, payments_last_hour: 9 }
const maxAnswerBytes = 100_000
const timeoutMs = 5_000

/** Asks the models that serve in each stage about one payment, through the gateway as anybody would. */
export async function askDemo(gatewayUrl: string | undefined): Promise<{ payment: object; answers: DemoAnswer[] }> {
  if (gatewayUrl === undefined) throw new PlimsollError('not-found', 'There is no gateway to ask the models of the demo through.')
  const answers = await Promise.all(
    demoStages.map(async (stage): Promise<DemoAnswer> => {
      try {
        return { stage, ...(await ask(gatewayUrl, stage)) }
      } catch (error) {
        return { stage, problem: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
  return { payment, answers }
}

async function ask(gatewayUrl: string, stage: (typeof demoStages)[number]): Promise<Omit<DemoAnswer, 'stage'>> {
  const { hostname, port } = new URL(gatewayUrl)
  const body = JSON.stringify({ inputs: Object.entries(payment).map(([name, value]) => ({ name, data: [value] })) })
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request(
      {
        host: hostname,
        port,
        method: 'POST',
        path: `/v2/models/${demoName}/infer`,
        headers: { host: `${demoName}.${demoApplicationName(stage)}.localhost`, 'content-type': 'application/json' },
        timeout: timeoutMs,
      },
      (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > maxAnswerBytes) asked.destroy(new Error('the answer is too large'))
          else chunks.push(chunk)
        })
        answer.on('error', reject)
        answer.on('end', () => {
          const content = Buffer.concat(chunks).toString('utf8')
          if (answer.statusCode === 200) resolve(content)
          else reject(new Error(`status ${answer.statusCode}: ${content.slice(0, 200)}`))
        })
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    asked.on('error', reject)
    asked.end(body)
  })
  const { model_version: model, outputs } = JSON.parse(text) as { model_version?: string; outputs?: { name: string; data: unknown[] }[] }
  const output = (name: string): unknown => outputs?.find((one) => one.name === name)?.data[0]
  const probability = output('probability')
  return {
    ...(model !== undefined && { model }),
    ...(typeof probability === 'number' && { probability }),
    isFraud: output('fraud') === true,
  }
}
