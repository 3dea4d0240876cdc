/** The word that was probably meant, or undefined. Words of a hundred characters and more are no slips of the pen. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 100) return undefined
  const allowed = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))
  let best: string | undefined
  let least = allowed + 1
  for (const one of words) {
    const far = distance(word.toLowerCase(), one)
    if (far < least) [best, least] = [one, far]
  }
  return best
}

/** Letters that are put in, left out, replaced or swapped with their neighbour. */
function distance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1]
      let least = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (isSame ? 0 : 1))
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1)
      }
      current.push(least)
    }
    ;[beforeLast, last] = [last, current]
  }
  return last[right.length] ?? 0
}
