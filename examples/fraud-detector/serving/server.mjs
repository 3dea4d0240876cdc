// Serves the model that MODEL_DIGEST names, by the Open Inference Protocol, version 2 (HTTP/REST), with nothing but Node.js.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { score } from './features.mjs'

const { MODEL_DIGEST: digest, MODELS_ACCESS: access, THRESHOLD: threshold = '0.5', PORT: port = '8080' } = process.env

/** The artefact that was gated, and no other: what comes is checked against its digest. */
async function loadModel() {
  const [url, token] = ['url', 'token'].map((name) => readFileSync(`${access}/${name}`, 'utf8').trim())
  const answer = await fetch(`${url}/${digest}/file`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`model ${digest}: status ${answer.status}`)
  const content = Buffer.from(await answer.arrayBuffer())
  const found = `sha256:${createHash('sha256').update(content).digest('hex')}`
  if (found !== digest) throw new Error(`model ${digest} came as ${found}`)
  return JSON.parse(content.toString('utf8'))
}

/** Whoever hands out models may come up later than we do, after a restart of everything: not to be ready is better than to crash. */
async function untilLoaded() {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadModel()
    } catch (error) {
      if (attempt === 600) throw error
      if (attempt % 20 === 1) console.log(`waiting for the model: ${error.cause?.message ?? error.message}`)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

const model = await untilLoaded()
console.log(`serving ${model.name} ${digest.slice(0, 19)} with ${model.features.join(', ')}`)

/** `inputs` has one tensor for each field of a payment; each has a value for every payment. */
function infer(request) {
  const fields = Object.fromEntries((request.inputs ?? []).map(({ name, data }) => [name, data?.flat()]))
  const wanted = ['amount', 'hour', 'country', 'card_country', 'device_age_days', 'payments_last_hour']
  const missing = wanted.filter((name) => !Array.isArray(fields[name]) || fields[name].length !== fields.amount?.length)
  if (missing.length > 0) throw new Error(`inputs need one value for each payment; look at: ${missing.join(', ')}`)
  const payments = fields.amount.map((_, row) => Object.fromEntries(wanted.map((name) => [name, fields[name][row]])))
  const probabilities = payments.map((payment) => score(model, payment))
  return {
    model_name: model.name,
    model_version: digest,
    ...(request.id !== undefined && { id: request.id }),
    outputs: [
      { name: 'probability', shape: [payments.length], datatype: 'FP64', data: probabilities },
      { name: 'fraud', shape: [payments.length], datatype: 'BOOL', data: probabilities.map((value) => value >= Number(threshold)) },
    ],
  }
}

const routes = {
  'GET /': () => ({ model: model.name, digest, features: model.features, try: `POST /v2/models/${model.name}/infer` }),
  'GET /v2': () => ({ name: 'fraud-detector', version: '1', extensions: [] }),
  'GET /v2/health/live': () => ({ live: true }),
  'GET /v2/health/ready': () => ({ ready: true }),
  [`GET /v2/models/${model.name}/ready`]: () => ({ name: model.name, ready: true }),
  [`GET /v2/models/${model.name}`]: () => ({
    name: model.name,
    versions: [digest],
    platform: 'logistic-regression',
    inputs: [],
    outputs: [],
  }),
  [`POST /v2/models/${model.name}/infer`]: infer,
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  const route = Object.hasOwn(routes, `${request.method} ${request.url}`) ? routes[`${request.method} ${request.url}`] : undefined
  if (!route) return answer(404, { error: `there is nothing at ${request.method} ${request.url}` })
  try {
    const chunks = []
    let size = 0
    for await (const chunk of request) {
      size += chunk.length
      if (size > 1024 * 1024) throw new Error('the body is larger than 1 MB')
      chunks.push(chunk)
    }
    answer(200, route(size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'))))
  } catch (error) {
    answer(400, { error: error.message })
  }
})
server.listen(Number(port))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
