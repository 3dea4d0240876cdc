import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Who is signed in where: `plimsoll login` writes it, for its owner alone. */
export interface SessionFile {
  /** Address of the server that is meant when none is named. */
  current?: string
  servers: Record<string, { token: string; username: string }>
}

export function sessionFilePath(env: NodeJS.ProcessEnv = process.env): string {
  if (env['PLIMSOLL_CONFIG']) return env['PLIMSOLL_CONFIG']
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'plimsoll', 'config.json')
}

export async function readSessions(path = sessionFilePath()): Promise<SessionFile> {
  try {
    const { current, servers } = JSON.parse(await readFile(path, 'utf8')) as Partial<SessionFile>
    return { ...(current !== undefined && { current }), servers: servers ?? {} }
  } catch {
    return { servers: {} }
  }
}

/** Whole or not at all, and never readable for others, not even for a moment. */
export async function writeSessions(sessions: SessionFile, path = sessionFilePath()): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(sessions, null, 2)}\n`, { mode: 0o600 })
  await chmod(temporary, 0o600)
  await rename(temporary, path)
}
