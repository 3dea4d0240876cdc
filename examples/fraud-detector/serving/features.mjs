// What the model sees of a payment. Training and serving both use this file, so that they cannot differ.

/** Each feature by name: a number of a payment. */
export const features = {
  /** Amounts spread over four orders of magnitude. */
  amount: ({ amount }) => Math.log10(amount + 1),
  night: ({ hour }) => (hour < 6 ? 1 : 0),
  foreign: ({ country, card_country }) => (country === card_country ? 0 : 1),
  new_device: ({ device_age_days }) => 1 / (1 + device_age_days),
  velocity: ({ payments_last_hour }) => Math.min(payments_last_hour, 10) / 10,
  /** One payment after another from a device that nobody knows. */
  burst_from_new_device: ({ device_age_days, payments_last_hour }) => Math.min(payments_last_hour, 10) / 10 / (1 + device_age_days),
}

/** The numbers of one payment, in the order of the names. Throws for a name that is no feature. */
export function vectorOf(payment, names) {
  return names.map((name) => {
    if (!Object.hasOwn(features, name)) throw new Error(`'${name}' is no feature: ${Object.keys(features).join(', ')}`)
    return features[name](payment)
  })
}

/** Probability that a payment is fraud. */
export function score(model, payment) {
  const vector = vectorOf(payment, model.features)
  const sum = vector.reduce(
    (total, value, index) => total + (model.weights[index] * (value - model.means[index])) / model.scales[index],
    model.intercept,
  )
  return 1 / (1 + Math.exp(-sum))
}
