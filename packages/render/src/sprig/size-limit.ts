/** Longest text that one function may make, in bytes: no manifest is near it, and a few of them still fit into memory. */
export const maxTextLength = 64 * 1024 * 1024

/** Longest list that one function may make. */
export const maxListLength = 4 * 1024 * 1024

/** Deepest nesting that a function walks before it gives up; a stack of JavaScript holds more. */
export const maxDepth = 2000

export function checkTextLength(length: number): void {
  if (length > maxTextLength) throw new Error(`the result would be ${length} bytes long, the limit is ${maxTextLength}`)
}

export function checkListLength(length: number): void {
  if (length > maxListLength) throw new Error(`the result would have ${length} items, the limit is ${maxListLength}`)
}

export function checkDepth(depth: number): void {
  if (depth > maxDepth) throw new Error(`values are nested deeper than ${maxDepth}`)
}
