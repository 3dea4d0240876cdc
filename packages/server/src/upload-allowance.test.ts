import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createUploadAllowance } from './upload-allowance.ts'

const content = (text: string): Readable => Readable.from([Buffer.from(text)])

describe('what a job uploads', () => {
  it('passes as it is until its token is used up, over all of its uploads', async () => {
    const allow = createUploadAllowance(10)

    const first = await buffer(allow('job', content('123456')))
    const tooMuch = buffer(allow('job', content('12345')))
    await expect(tooMuch).rejects.toMatchObject({ code: 'payload-too-large' })
    const again = buffer(allow('job', content('1')))
    await expect(again).rejects.toMatchObject({ code: 'payload-too-large' })
    const other = await buffer(allow('__proto__', content('1234567890')))

    expect([first.toString(), other.toString()]).toEqual(['123456', '1234567890'])
  })
})
