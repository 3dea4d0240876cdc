/** A small payment of a known card, from a phone that nobody knows, the ninth within an hour: as the demo asks it itself. */
const payment = { amount: 15, hour: 14, country: 'KR', card_country: 'KR', device_age_days: 0, payments_last_hour: 9 }

/** Asks the model of a stage by the Open Inference Protocol, through the gateway of this installation. */
export function askCommand(gatewayUrl: string | undefined, stage: string): string {
  const port = /:(\d+)\/?$/.exec(gatewayUrl ?? '')?.[1] ?? '7421'
  const inputs = Object.entries(payment).map(([name, value]) => ({ name, data: [value] }))
  return `curl -s http://fraud-detector.fraud-${stage}.localhost:${port}/v2/models/fraud-detector/infer -d '${JSON.stringify({ inputs })}'`
}
