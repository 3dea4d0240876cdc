import type { HealthStatusCode, OperationPhase, SyncStatusCode } from '@plimsoll/api'
import type { IconName } from '../parts/icon-sprite.tsx'

/** `hold` waits for a person or a rule; `run` moves by itself. */
export type Tone = 'ok' | 'run' | 'hold' | 'warn' | 'bad' | 'none'

export interface Look {
  glyph: IconName
  tone: Tone
  turning?: true
}

/** Shape and colour of each word, as the table in the reference says. */
export const healthLook: Record<HealthStatusCode, Look> = {
  Healthy: { glyph: 'g-ok', tone: 'ok' },
  Progressing: { glyph: 'g-progress', tone: 'run', turning: true },
  Degraded: { glyph: 'g-degraded', tone: 'bad' },
  Suspended: { glyph: 'g-suspended', tone: 'hold' },
  Missing: { glyph: 'g-missing', tone: 'warn' },
  Unknown: { glyph: 'g-unknown', tone: 'none' },
}

export const syncLook: Record<SyncStatusCode, Look> = {
  Synced: { glyph: 'g-synced', tone: 'ok' },
  OutOfSync: { glyph: 'g-outofsync', tone: 'warn' },
  Unknown: { glyph: 'g-syncunknown', tone: 'none' },
}

export const phaseLook: Record<OperationPhase, Look> = {
  Running: { glyph: 'g-progress', tone: 'run', turning: true },
  Terminating: { glyph: 'g-progress', tone: 'hold', turning: true },
  Succeeded: { glyph: 'g-ok', tone: 'ok' },
  Failed: { glyph: 'g-failed', tone: 'bad' },
  Error: { glyph: 'g-failed', tone: 'bad' },
}

/** Trouble first. */
export const healthOrder: readonly HealthStatusCode[] = ['Degraded', 'Missing', 'Progressing', 'Suspended', 'Unknown', 'Healthy']
export const syncOrder: readonly SyncStatusCode[] = ['OutOfSync', 'Unknown', 'Synced']
