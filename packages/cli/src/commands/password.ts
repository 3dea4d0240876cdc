import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { usageFailure } from '../exit-code.ts'
import { note } from '../output/print.ts'

/** Without showing it. */
export async function askPassword(question = 'Password: '): Promise<string> {
  if (!process.stdin.isTTY)
    throw usageFailure('There is no terminal to ask for the password.', 'Use --password-stdin, --password or --token.')
  note(question)
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
  }
}

/** The whole of standard input, without the line end that `echo` puts there. */
export async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
