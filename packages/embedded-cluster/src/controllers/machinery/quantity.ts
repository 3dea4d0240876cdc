import { quantityNumber, tryParseQuantity } from '@plimsoll/kube'

/** A `resource.Quantity` as a number to compare with: `500m` is 0.5. What cannot be read counts as 0. */
export function quantityValue(text: string | number | undefined): number {
  const quantity = tryParseQuantity(text)
  return quantity === undefined ? 0 : quantityNumber(quantity)
}
