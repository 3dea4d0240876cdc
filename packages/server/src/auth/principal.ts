/** Who asks, once that is proved. */
export interface Principal {
  username: string
  role: Role
  /** Of the token that proved it. */
  tokenId: string
  /** How it came: a header that a script cannot send by itself, or a cookie that a browser sends along unasked. */
  via: 'bearer' | 'cookie' | 'basic'
}

/** `admin` may do everything, `readonly` may look at everything but secrets' values, which nobody sees. */
export type Role = 'admin' | 'readonly'

/** What a route asks for, as `resource:action` with Argo CD's words for both. */
export type Permission =
  | 'applications:get'
  | 'applications:create'
  | 'applications:update'
  | 'applications:delete'
  | 'applications:sync'
  | 'applications:rollback'
  | 'logs:get'
  | 'clusters:get'
  | 'projects:get'
  | 'repositories:get'
  | 'repositories:create'
  | 'repositories:update'
  | 'audit:get'
  | 'accounts:get'
  | 'accounts:update'

export function isAllowed(role: Role, permission: Permission): boolean {
  return role === 'admin' || permission.endsWith(':get')
}
