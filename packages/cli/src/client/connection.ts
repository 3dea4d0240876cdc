import { readFile } from 'node:fs/promises'
import { CommandFailure, usageFailure } from '../exit-code.ts'
import { defaultDataDir, readReadyFile } from '../server/data-dir.ts'
import { readSessions } from './session-file.ts'

/** Options that every command understands, as `argocd` has them. */
export interface GlobalOptions {
  server?: string
  authToken?: string
  plaintext?: boolean
  insecure?: boolean
}

export interface Connection {
  /** Without a trailing slash. */
  url: string
  token: string | undefined
  insecure: boolean
  /** Where the address comes from, for messages. */
  from: string
}

/**
 * The server to talk to, and the token for it: by option or environment, else the one signed in to, else the one that was started on this
 * machine. Throws what to do when there is none.
 */
export async function findConnection(options: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Promise<Connection> {
  const insecure = options.insecure ?? false
  const named = options.server ?? env['PLIMSOLL_SERVER'] ?? serverOfRun(env)
  const givenToken = options.authToken ?? env['PLIMSOLL_AUTH_TOKEN']
  const sessions = await readSessions()
  const local = readReadyFile(defaultDataDir(env))

  if (named) {
    const url = serverURL(named, options.plaintext ?? false)
    const token = givenToken || sessions.servers[url]?.token || (local?.url === url ? await readToken(local.tokenFile) : undefined)
    return { url, token, insecure, from: options.server ? '--server' : env['PLIMSOLL_SERVER'] ? 'PLIMSOLL_SERVER' : 'the run' }
  }
  if (sessions.current !== undefined) {
    const token = givenToken || sessions.servers[sessions.current]?.token
    return { url: sessions.current, token, insecure, from: '`plimsoll login`' }
  }
  if (local !== undefined) {
    return { url: local.url, token: givenToken || (await readToken(local.tokenFile)), insecure, from: 'the server started here' }
  }
  throw new CommandFailure('No server is known.', {
    remedy: 'Start one with `npm start`, sign in to one with `plimsoll login SERVER`, or set PLIMSOLL_SERVER and PLIMSOLL_AUTH_TOKEN.',
  })
}

/** In a step of a run of ours: the server that runs it. */
function serverOfRun(env: NodeJS.ProcessEnv): string | undefined {
  return env['GITHUB_ACTIONS'] === 'true' && env['RUNNER_NAME'] === 'plimsoll' ? env['GITHUB_SERVER_URL'] : undefined
}

/** `127.0.0.1:7420`, `https://plimsoll.example.org/`. Without a scheme it is HTTPS, but for this machine, or with `--plaintext`. */
export function serverURL(text: string, plaintext: boolean): string {
  const withScheme = /^https?:\/\//i.test(text) ? text : `${plaintext || isThisMachine(text) ? 'http' : 'https'}://${text}`
  let url: URL
  try {
    url = new URL(withScheme)
  } catch {
    throw usageFailure(`'${text}' is not the address of a server.`, 'Use HOST:PORT or a URL, such as http://127.0.0.1:7420.')
  }
  if (url.username !== '' || url.password !== '') {
    throw usageFailure('The address of a server carries no credentials.', 'Use --auth-token, PLIMSOLL_AUTH_TOKEN or `plimsoll login`.')
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

function isThisMachine(text: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:|\/|$)/i.test(text)
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined
  } catch {
    return undefined
  }
}
