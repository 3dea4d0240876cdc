import { Token } from './token.ts'

/** Tokens behind `?`, `:` or in a flow collection that show that there is no node where one could be: it is null. */
export function isEmptyInMapping(kind: number): boolean {
  return kind === Token.Key || kind === Token.Value || kind === Token.BlockEnd
}

export function isEmptyInFlowSequence(kind: number): boolean {
  return kind === Token.Value || kind === Token.FlowEntry || kind === Token.FlowSequenceEnd
}

export function isEmptyInFlowMapping(kind: number): boolean {
  return kind === Token.Value || kind === Token.FlowEntry || kind === Token.FlowMappingEnd
}
