/** A parsed expression. `offset` counts UTF-16 units from the first character inside `${{`. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly offset: number }
  /** `github`, `matrix` …: lower case. */
  | { readonly kind: 'context'; readonly name: string; readonly offset: number }
  | { readonly kind: 'index'; readonly of: Expression; readonly by: Expression; readonly offset: number }
  /** `.*` and `[*]`. */
  | { readonly kind: 'filter'; readonly of: Expression; readonly offset: number }
  | { readonly kind: 'not'; readonly of: Expression; readonly offset: number }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[]; readonly offset: number }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Expression; readonly right: Expression; readonly offset: number }
  /** Lower case. */
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[]; readonly offset: number }

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
