import type { FillRequest } from '../fill/contract.ts'
import type { RenderLimits } from '../limits.ts'
import type { FileContent, FileFormat } from '../directory/read-manifests.ts'
import type { BinaryPlan } from './binary-plan.ts'
import type { Knowledge, Need, TreeRecord } from './facts.ts'
import type { EngineResult, EngineTask, TaskInputs } from './task.ts'
import type { RenderFailure } from '../contract.ts'
import type { TemplateLimits } from '../template/contract.ts'

/** What a worker is started with. */
export interface WorkerData {
  /** Modules that export `renderHelm` and `renderKustomize`. */
  engines: { helm: string; kustomize: string }
  /** Of the installation, for what is random. */
  secret: Uint8Array
}

export type WorkerTask = ParseTask | RenderTask | FillTask | ReadTask

/** Reads one file of a directory source, or what a program printed. */
export interface ParseTask {
  kind: 'parse'
  content: Uint8Array
  format: FileFormat | 'output'
  limits: RenderLimits
}

export interface RenderTask {
  kind: 'render'
  task: EngineTask
  inputs: TaskInputs
  knowledge: readonly Knowledge[]
  contents: readonly (readonly [hash: string, content: Uint8Array])[]
}

/** Fills templates in; each filling is a piece. */
export interface FillTask {
  kind: 'fill'
  request: FillRequest
  limits: TemplateLimits
}

/** Reads documents for them. */
export interface ReadTask {
  kind: 'read'
  texts: readonly string[]
}

/** A part of the objects. They come as JSON texts, which the main thread reads one by one. */
export interface Piece {
  kind: 'piece'
  objects: readonly PieceObject[]
}

/** The main thread's leave to send another piece. */
export interface NextPiece {
  kind: 'next'
}

export interface PieceObject {
  json: string
  file?: string
  line?: number
  column?: number
}

export type WorkerAnswer =
  | { kind: 'parsed'; problems: FileContent['problems'] }
  /** `problem`: all of them together are too much. */
  | { kind: 'filled'; problem?: string }
  | {
      kind: 'rendered'
      result: Omit<EngineResult, 'objects'>
      record: readonly TreeRecord[]
      used: readonly string[]
      renderMs: number
      plan?: BinaryPlan
    }
  | { kind: 'failed'; failure: RenderFailure; record: readonly TreeRecord[]; used: readonly string[]; plan?: BinaryPlan }
  /** Something is not there yet. `lost` are keys of what this worker had been sent, and has given up. */
  | { kind: 'suspended'; needs: readonly Need[]; lost: readonly string[] }

/** Keys under which a worker's possessions are noted. */
export function listingKey(path: string, hash: string): string {
  return `${hash} ${path}`
}
