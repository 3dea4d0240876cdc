import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** A real sshd on a free port of this machine, in a directory of its own. */
export interface SshServer {
  port: number
  user: string
  /** A line of known_hosts. */
  knownHost: string
  /** A key that it lets in, and one that it does not. */
  key: string
  strangersKey: string
  close(): Promise<void>
}

/** Where it is: `PLIMSOLL_SSHD`, or where a system keeps it. Undefined: there is none. */
export function findSshd(): string | undefined {
  return [process.env['PLIMSOLL_SSHD'], '/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'].find(
    (path) => path !== undefined && path !== '' && existsSync(path),
  )
}

export async function startSshServer(sshd: string, dir: string): Promise<SshServer> {
  mkdirSync(dir, { recursive: true })
  const makeKey = (name: string): void =>
    void execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(dir, name)])
  for (const name of ['host', 'client', 'stranger']) makeKey(name)
  writeFileSync(join(dir, 'authorized_keys'), readFileSync(join(dir, 'client.pub')))
  chmodSync(join(dir, 'authorized_keys'), 0o600)
  const port = await freePort()
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(dir, 'host')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    `PidFile ${join(dir, 'sshd.pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
  ]
  writeFileSync(join(dir, 'sshd_config'), `${settings.join('\n')}\n`)
  const child: ChildProcess = spawn(sshd, ['-D', '-e', '-f', join(dir, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (attempt > 100 || child.exitCode !== null) throw new Error(`sshd does not come up: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    port,
    user: userInfo().username,
    knownHost: `[127.0.0.1]:${port} ${readFileSync(join(dir, 'host.pub'), 'utf8').trim()}`,
    key: readFileSync(join(dir, 'client'), 'utf8'),
    strangersKey: readFileSync(join(dir, 'stranger'), 'utf8'),
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
