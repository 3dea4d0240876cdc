import { PlimsollError } from '@plimsoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../auth/accounts.ts'
import type { LoginLimit } from '../auth/login-limit.ts'

/** Proves somebody by their password, with the limit on tries that holds for their name and for their address. */
export interface SignIn {
  /** Rejects with `sign-in-refused` in the words given, and with `too-many-attempts`. */
  check(request: FastifyRequest, reply: FastifyReply, username: string, password: string, refusal: string): Promise<void>
}

export function createSignIn(accounts: Accounts, limit: LoginLimit): SignIn {
  return {
    async check(request, reply, username, password, refusal) {
      const keys = [`name ${username}`, `address ${request.ip}`]
      const waitMs = await limit.begin(keys)
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1000)
        reply.header('retry-after', String(seconds))
        throw new PlimsollError('too-many-attempts', `Too many tries to sign in: the next one can be made in ${seconds} s.`)
      }
      if (!(await accounts.isPassword(username, password))) throw new PlimsollError('sign-in-refused', refusal)
      await limit.succeed(keys)
    },
  }
}
