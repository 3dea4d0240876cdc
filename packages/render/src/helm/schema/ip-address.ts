/** 4 or 6 for an address that Go's net packages read (without a zone), undefined for any other text. */
export function checkIp(text: string): 4 | 6 | undefined {
  if (isIpv4(text)) return 4
  if (!text.includes(':')) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  let count = 0
  for (const [index, half] of groups.entries()) {
    for (const [at, group] of half.entries()) {
      const isLast = index === groups.length - 1 && at === half.length - 1
      if (isLast && group.includes('.')) {
        if (!isIpv4(group)) return undefined
        count += 2
      } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) count += 1
      else return undefined
    }
  }
  return (halves.length === 2 ? count < 8 : count === 8) ? 6 : undefined
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
}
