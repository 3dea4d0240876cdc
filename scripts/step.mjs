// One step of preparing: a command that is waited for, with a line that says so and how long it took.
import { spawn } from 'node:child_process'
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

/** Lines of a failed command that are shown; all of them are in a file. */
const shownLines = 25

/**
 * Runs commands side by side and shows that it goes on; what they print is shown only when one fails, and then this process ends.
 * @param {{ title: string, doing: string, root: string, commands: { program: string, args: string[], cwd: string, env?: Record<string, string | undefined> }[] }} step
 *   `doing` completes "Stopped while …".
 */
export async function runStep({ title, doing, root, commands }) {
  const startedAt = Date.now()
  const took = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`
  const isTerminal = process.stdout.isTTY === true

  const running = []
  let stoppedBy
  const stop = (signal) => {
    // A terminal sends Ctrl-C to the commands as well; whoever kills this process by its id does not. npm may take long to end when it
    // is asked: nobody waits for it, as what it leaves behind is made anew.
    for (const { child } of running) {
      child.kill(stoppedBy === undefined ? 'SIGTERM' : 'SIGKILL')
      setTimeout(() => child.kill('SIGKILL'), 1500).unref()
    }
    stoppedBy ??= signal
  }
  // Before the first word is printed: whoever stops what he has just read about is answered, too.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, stop)
  process.stdout.write(`  ${title} …${isTerminal ? '' : '\n'}`)
  const ticking = isTerminal ? setInterval(() => process.stdout.write(`\r  ${title} … ${took()}`), 1000) : undefined
  for (const command of commands) running.push(start(command))
  const results = await Promise.all(running.map(({ ended }) => ended))
  for (const signal of signals) process.off(signal, stop)
  clearInterval(ticking)

  if (stoppedBy !== undefined) {
    process.stdout.write(`${isTerminal ? '\n' : ''}\nStopped while ${doing}. Nothing is broken: the same command goes on from here.\n`)
    process.exit(128 + constants.signals[stoppedBy])
  }
  const failed = results.find(({ code }) => code !== 0)
  process.stdout.write(`${isTerminal ? '\r' : ''}  ${title}: ${failed ? 'failed' : 'done'} after ${took()}          \n`)
  if (failed) giveUp(title, root, failed.output)
}

function start({ program, args, cwd, env }) {
  const output = []
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString('utf8') }))
  })
  return { child, ended }
}

function giveUp(title, root, output) {
  const lines = output.trimEnd().split('\n')
  const file = join(root, '.cache', 'failed-step.log')
  let isKept = false
  try {
    mkdirSync(join(root, '.cache'), { recursive: true })
    writeFileSync(file, output)
    isKept = true
  } catch {
    // The disk is full, or not ours: that is probably why we are here, and said below.
  }
  if (lines.length > shownLines && isKept) console.error(`(all ${lines.length} lines are in ${file})`)
  console.error(`\n${lines.slice(-shownLines).join('\n')}\n`)
  console.error(`${title} failed. ${remedyFor(output, root)}`)
  process.exit(1)
}

/** What npm and the compilers call the troubles that a newcomer may have. */
function remedyFor(output, root) {
  if (/ENOSPC|no space left/i.test(output)) {
    return `The disk is full: ${freeMegabytes(root)} MB are left where ${root} is, and an installation takes about 300 MB. Make room and run the same command again.`
  }
  if (/EACCES|EPERM|EROFS|permission denied/i.test(output)) {
    return `Something cannot be written by this user: see the path above. Clone into a folder of your own, or give ${root} (or npm's cache) back to yourself.`
  }
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ERR_SOCKET_TIMEOUT|CERT_/i.test(output)) {
    return 'The package registry cannot be reached. Check the network, the proxy, and what `npm config get registry` says, then run the same command again.'
  }
  if (/spawn npm ENOENT/.test(output))
    return 'npm was not found. It comes with Node.js: install that whole, then run the same command again.'
  return 'What went wrong is above; when it is put right, run the same command again.'
}

function freeMegabytes(path) {
  const { bavail, bsize } = statfsSync(path)
  return Math.floor((bavail * bsize) / 1_000_000)
}
