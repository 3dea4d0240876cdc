import { createHash } from 'node:crypto'
import { allowedAddresses, isPrivate } from '@plimsoll/network'
import { createTransport } from 'nodemailer'
import type { EmailOptions } from '../settings/fields.ts'
import { requestTimeoutMs, type Send, SendError, type ServiceContext } from './contract.ts'

/** The port on which TLS comes first (RFC 8314). On all others it is asked for by STARTTLS. */
const implicitTlsPort = 465

/** SMTP. The same message has the same `Message-ID`, by which most mailboxes tell a second one. */
export function emailService(options: EmailOptions, context: ServiceContext): Send {
  return async ({ recipient, content, id }) => {
    const to = recipient.split(',').flatMap((one) => one.trim() || [])
    if (to.length === 0) throw new SendError('there is no address to write to: subscribe with one, such as `email: team@example.com`')
    const [address] = await allowedAddresses(options.host, context.policy)
    const body = content.email?.body || content.message || ''
    const domain = /@([\w.-]+)>?\s*$/.exec(options.from)?.[1] ?? 'plimsoll.invalid'
    const transport = createTransport({
      // To the address that was checked, and to no other that the name may mean a moment later.
      host: address ?? options.host,
      port: options.port,
      secure: options.port === implicitTlsPort,
      // A password is never sent in the clear to another machine.
      requireTLS: options.username !== undefined && !(address !== undefined && isLoopback(address)),
      tls: { servername: options.host },
      ...(options.username !== undefined && { auth: { user: options.username, pass: options.password ?? '' } }),
      connectionTimeout: requestTimeoutMs,
      greetingTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      await transport.sendMail({
        from: options.from,
        to,
        subject: content.email?.subject ?? '',
        messageId: `<${createHash('sha256').update(`${id} ${recipient}`).digest('hex').slice(0, 40)}@${domain}>`,
        ...(options.html === true ? { html: body } : { text: body }),
      })
    } catch (error) {
      throw new SendError(`${options.host}:${options.port}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      transport.close()
    }
  }
}

function isLoopback(address: string): boolean {
  return isPrivate(address) && (address === '::1' || address.startsWith('127.'))
}
