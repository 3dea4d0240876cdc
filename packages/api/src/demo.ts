/** What the model of a stage says of the demo's one payment; `problem` where it does not answer. */
export interface DemoAnswer {
  stage: string
  /** Its digest. */
  model?: string
  probability?: number
  isFraud?: boolean
  problem?: string
}
