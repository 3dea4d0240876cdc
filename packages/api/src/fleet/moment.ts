/** Times come as RFC 3339 or as milliseconds since 1970; what is neither is no time. */
export function toDate(value: string | number | null | undefined): Date | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const at = new Date(value)
  return Number.isNaN(at.getTime()) || at.getTime() <= 0 ? undefined : at
}

export function toMs(value: string | number | null | undefined): number | undefined {
  return toDate(value)?.getTime()
}
