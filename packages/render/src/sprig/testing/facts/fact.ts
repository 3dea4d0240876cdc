/**
 * A template, and what Helm makes of it: text, or the words of the failing function. Found by running helm 3.18.0 and 4.1.4; where they differ,
 * by version.
 */
export type Fact = readonly [template: string, result: Result | { 3: Result; 4: Result }]

export type Result = string | { fails: string }

/** `.Values` of every template. */
export const factValues = `i: 5
f: 2.7
big: 12345678901234567890
million: 1000000
neg: -3
zero: 0
empty: ""
on: true
none: null
map: {b: 2, a: x, n: null}
list: [a, 1, 2.5, null, {k: v}]
text: "é \\"q\\" <&>"
`

export function resultFor([, result]: Fact, version: '3' | '4'): Result {
  return typeof result === 'string' || 'fails' in result ? result : result[version]
}
