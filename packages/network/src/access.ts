/** How an address is reached, as far as the operator says it and not whoever names the address: who we are there, whom we believe, and by which way. */
export interface Access {
  /** Sent to the scheme, host and port that it is given for, and nowhere else. */
  authorization?: Authorization
  /** PEM, for the same address alone. */
  clientCertificate?: ClientCertificate
  /** PEM, for the same address alone. */
  sshPrivateKey?: string
  /** Of that very address neither certificate nor host key is checked. */
  isInsecure?: boolean
  /** Dials that very registry without TLS. */
  isPlainHttp?: boolean
  proxy?: ProxyAccess
  /** PEM of whoever signs a host's certificate, in the place of the authorities of this machine; undefined: those. */
  authorityOf?: (host: string) => string | undefined
  /** Host keys as lines of ssh's known_hosts; undefined: none are known but those of the user who runs Plimsoll. */
  knownHosts?: string
}

export type Authorization = { kind: 'basic'; username: string; password: string } | { kind: 'bearer'; token: string }

export interface ClientCertificate {
  certificate: string
  key: string
}

export interface ProxyAccess {
  /** May carry user name and password. */
  url: string
  /** Hosts that are dialled all the same, as NO_PROXY has them. */
  noProxy: string
}

/** Answers one question, whoever asks: how is this address reached? */
export interface AccessSource {
  /**
   * Names what is given for an address, to an Application of this project: '' is nothing, as anybody may read it. What is read with one is kept apart from
   * what is read with another.
   */
  keyOf(url: string, project?: string): string
  /**
   * By a key of `keyOf`, asked for at each use, so that another secret counts from then on. '' is whom we believe, and nothing that lets us in. Rejects with
   * `PlimsollError` that says what is wrong with what is given, or that it is given no longer.
   */
  of(url: string, key: string): Promise<Access>
}

/** What of an access goes with a request to another scheme, host or port than it is given for. */
export function accessElsewhere({ proxy, authorityOf, knownHosts }: Access): Access {
  return { ...(proxy && { proxy }), ...(authorityOf && { authorityOf }), ...(knownHosts !== undefined && { knownHosts }) }
}

export function authorizationHeader(authorization: Authorization): string {
  if (authorization.kind === 'bearer') return `Bearer ${authorization.token}`
  return `Basic ${Buffer.from(`${authorization.username}:${authorization.password}`).toString('base64')}`
}
