/** Every glyph and icon once, so that `<use>` draws them in the colours of the place where they stand. Shapes are those of the reference. */
export const iconNames = [
  'i-menu',
  'i-mark',
  'g-dot',
  'i-moon',
  'i-search',
  'i-applications',
  'g-degraded',
  'i-audit',
  'i-settings',
  'g-ok',
  'g-progress',
  'g-outofsync',
  'i-refresh',
  'i-down',
  'i-right',
  'i-rollback',
  'i-sync',
  'i-dots',
  'i-plus',
  'i-graph',
  'i-table',
  'i-tiles',
  'i-zoomout',
  'i-zoomin',
  'i-fit',
  'i-k-deployment',
  'i-k-replicaset',
  'i-k-pod',
  'i-k-service',
  'g-synced',
  'i-k-endpointslice',
  'i-k-ingress',
  'i-k-configmap',
  'i-k-secret',
  'i-k-hpa',
  'i-x',
  'i-terminal',
  'i-arrow-right',
  'i-copy',
  'i-edit',
  'g-warning',
  'i-wrap',
  'i-tail',
  'i-split',
  'g-rolledback',
  'g-held',
  'g-missing',
  'g-suspended',
  'g-syncunknown',
  'g-syncing',
  'g-unknown',
  'g-failed',
  'g-queued',
  'g-skipped',
  'g-cancelled',
  'g-clock',
  'i-clock',
  'i-check',
  'i-commit',
  'i-download',
  'i-trash',
  'i-lock',
  'i-sort',
  'i-pause',
  'i-play',
  'i-stop',
  'i-clusters',
  'i-projects',
  'i-runs',
  'g-aborted',
  'g-person',
  'i-sun',
  'i-user',
  'i-link-out',
  'i-k-volume',
  'i-k-object',
  'i-signout',
  'i-pulls',
  'i-merge',
  'i-models',
  'i-file',
  'g-pass',
  'g-fail',
  'g-inconclusive',
  'g-notjudged',
  'g-draft',
  'g-merged',
  'i-comment',
  'i-folder',
  'i-deliveries',
] as const

export type IconName = (typeof iconNames)[number]

export function IconSprite() {
  return (
    <svg className="sprite" width="0" height="0" aria-hidden="true">
      <symbol id="i-menu" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />
        </g>
      </symbol>
      <symbol id="i-mark" viewBox="0 0 16 16">
        <path d="M3.1 8.7a4.95 4.95 0 0 0 9.8 0z" fill="var(--mark-fill, currentColor)" />
        <circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" strokeWidth="1.4" />
        <path d="M.7 8h14.6" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
      </symbol>
      <symbol id="g-dot" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="3.5" fill="currentColor" />
      </symbol>
      <symbol id="i-moon" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M13.25 9.6A5.6 5.6 0 0 1 6.4 2.75a5.6 5.6 0 1 0 6.85 6.85z" />
        </g>
      </symbol>
      <symbol id="i-search" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="7" cy="7" r="4.25" />
          <path d="M10.25 10.25 13.5 13.5" />
        </g>
      </symbol>
      <symbol id="i-applications" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 2.25 13.75 5.2 8 8.15 2.25 5.2zM2.5 8.2 8 11l5.5-2.8M2.5 11 8 13.8l5.5-2.8" />
        </g>
      </symbol>
      <symbol id="g-degraded" viewBox="0 0 16 16">
        <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" fill="currentColor" />
        <path
          d="M8 4.6v4M8 11.3v.05"
          fill="none"
          stroke="var(--glyph-ink, var(--surface))"
          strokeWidth="1.9"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="i-audit" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M5.75 4h7.75M5.75 8h7.75M5.75 12h7.75M2.5 4h.05M2.5 8h.05M2.5 12h.05" />
        </g>
      </symbol>
      <symbol id="i-settings" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.5 5h5M11.25 5h2.25M2.5 11h2.25M8.5 11h5" />
          <circle cx="9.4" cy="5" r="1.75" />
          <circle cx="6.6" cy="11" r="1.75" />
        </g>
      </symbol>
      <symbol id="g-ok" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.5" fill="currentColor" />
        <path
          d="m5 8.2 2.15 2.1L11 5.9"
          fill="none"
          stroke="var(--glyph-ink, var(--surface))"
          strokeWidth="1.7"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="g-progress" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round">
          <circle cx="8" cy="8" r="5.5" opacity=".28" />
          <path d="M8 2.5a5.5 5.5 0 0 1 4.76 8.25" />
        </g>
      </symbol>
      <symbol id="g-outofsync" viewBox="0 0 16 16">
        <rect x="1.25" y="1.25" width="13.5" height="13.5" rx="3.5" fill="currentColor" />
        <path
          d="M5 6.5h6M5 9.5h6M9.6 4.4 6.4 11.6"
          fill="none"
          stroke="var(--glyph-ink, var(--surface))"
          strokeWidth="1.5"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="i-refresh" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M13.1 8.6A5.15 5.15 0 1 1 11.6 4.3l1.9 1.7M13.5 2.75V6h-3.25" />
        </g>
      </symbol>
      <symbol id="i-down" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="m4.25 6.25 3.75 3.75 3.75-3.75" />
        </g>
      </symbol>
      <symbol id="i-right" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M6.25 4.25 10 8l-3.75 3.75" />
        </g>
      </symbol>
      <symbol id="i-rollback" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M5.5 3 2.4 6l3.1 3M2.75 6H9.6a3.75 3.75 0 0 1 0 7.5H6.5" />
        </g>
      </symbol>
      <symbol id="i-sync" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.6 7.2A5.45 5.45 0 0 1 12 4.3l1.4 1.3M13.4 2.6v3h-3M13.4 8.8A5.45 5.45 0 0 1 4 11.7l-1.4-1.3M2.6 13.4v-3h3" />
        </g>
      </symbol>
      <symbol id="i-dots" viewBox="0 0 16 16">
        <g fill="currentColor">
          <circle cx="3.5" cy="8" r="1.15" />
          <circle cx="8" cy="8" r="1.15" />
          <circle cx="12.5" cy="8" r="1.15" />
        </g>
      </symbol>
      <symbol id="i-plus" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 3.25v9.5M3.25 8h9.5" />
        </g>
      </symbol>
      <symbol id="i-graph" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="1.75" y="6" width="4" height="4" rx="1" />
          <rect x="10.25" y="2.25" width="4" height="4" rx="1" />
          <rect x="10.25" y="9.75" width="4" height="4" rx="1" />
          <path d="M5.75 8H8M10.25 4.25H9a1 1 0 0 0-1 1v5.5a1 1 0 0 0 1 1h1.25" />
        </g>
      </symbol>
      <symbol id="i-table" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="2.25" y="2.75" width="11.5" height="10.5" rx="1.5" />
          <path d="M2.5 6.25h11M2.5 9.75h11" />
        </g>
      </symbol>
      <symbol id="i-tiles" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1" />
          <rect x="9" y="2.5" width="4.5" height="4.5" rx="1" />
          <rect x="2.5" y="9" width="4.5" height="4.5" rx="1" />
          <rect x="9" y="9" width="4.5" height="4.5" rx="1" />
        </g>
      </symbol>
      <symbol id="i-zoomout" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="7" cy="7" r="4.25" />
          <path d="M10.25 10.25 13.5 13.5M5.25 7h3.5" />
        </g>
      </symbol>
      <symbol id="i-zoomin" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="7" cy="7" r="4.25" />
          <path d="M10.25 10.25 13.5 13.5M7 5.25v3.5M5.25 7h3.5" />
        </g>
      </symbol>
      <symbol id="i-fit" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3" />
        </g>
      </symbol>
      <symbol id="i-k-deployment" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="5.25" y="5.25" width="8.5" height="8.5" rx="1.5" />
          <path d="M3.6 10.75h-.1A1.25 1.25 0 0 1 2.25 9.5v-6A1.25 1.25 0 0 1 3.5 2.25h6a1.25 1.25 0 0 1 1.25 1.25v.1M9.5 11.5v-4M8 9l1.5-1.5L11 9" />
        </g>
      </symbol>
      <symbol id="i-k-replicaset" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="5.25" y="5.25" width="8.5" height="8.5" rx="1.5" />
          <path d="M3.6 10.75h-.1A1.25 1.25 0 0 1 2.25 9.5v-6A1.25 1.25 0 0 1 3.5 2.25h6a1.25 1.25 0 0 1 1.25 1.25v.1" />
        </g>
      </symbol>
      <symbol id="i-k-pod" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 1.9 13.4 5v6L8 14.1 2.6 11V5zM2.8 5.1 8 8l5.2-2.9M8 8v6" />
        </g>
      </symbol>
      <symbol id="i-k-service" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="8" r="2" />
          <circle cx="8" cy="2.6" r="1.1" />
          <circle cx="3.2" cy="12" r="1.1" />
          <circle cx="12.8" cy="12" r="1.1" />
          <path d="M8 3.75V6M6.4 9.2 4.1 11.3M9.6 9.2l2.3 2.1" />
        </g>
      </symbol>
      <symbol id="g-synced" viewBox="0 0 16 16">
        <rect x="2" y="2" width="12" height="12" rx="3" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M5.25 6.5h5.5M5.25 9.5h5.5" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
      </symbol>
      <symbol id="i-k-endpointslice" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="3.5" cy="8" r="1.5" />
          <circle cx="12.5" cy="3.5" r="1.25" />
          <circle cx="12.5" cy="8" r="1.25" />
          <circle cx="12.5" cy="12.5" r="1.25" />
          <path d="M5 8h6.25M4.7 7.1l6.6-3.1M4.7 8.9l6.6 3.1" />
        </g>
      </symbol>
      <symbol id="i-k-ingress" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M1.75 8H9M6.25 5 9.25 8l-3 3M13 2.75v10.5" />
        </g>
      </symbol>
      <symbol id="i-k-configmap" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M4 2.75c0-.55.45-1 1-1h4.25L12.5 5v8.25c0 .55-.45 1-1 1H5c-.55 0-1-.45-1-1zM6.5 8h3.5M6.5 10.75h3.5" />
        </g>
      </symbol>
      <symbol id="i-k-secret" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="5.25" cy="10.75" r="2.75" />
          <path d="M7.2 8.8 13.25 2.75M10.75 5.25l2 2" />
        </g>
      </symbol>
      <symbol id="i-k-hpa" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2 8h12M4.75 5.25 2 8l2.75 2.75M11.25 5.25 14 8l-2.75 2.75" />
        </g>
      </symbol>
      <symbol id="i-x" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="m4 4 8 8M12 4l-8 8" />
        </g>
      </symbol>
      <symbol id="i-terminal" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M3 4.75 6.25 8 3 11.25M8 11.5h5" />
        </g>
      </symbol>
      <symbol id="i-arrow-right" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M3 8h9.5M9 4.25 12.75 8 9 11.75" />
        </g>
      </symbol>
      <symbol id="i-copy" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
          <path d="M10.5 5.3V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.3" />
        </g>
      </symbol>
      <symbol id="i-edit" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M3 13l.6-2.9 6.9-6.9a1.4 1.4 0 0 1 2 0l.3.3a1.4 1.4 0 0 1 0 2L5.9 12.4z" />
        </g>
      </symbol>
      <symbol id="g-warning" viewBox="0 0 16 16">
        <path d="M8 1.9 14.6 13.6H1.4z" fill="currentColor" stroke="currentColor" strokeWidth="1.2" strokeLinejoin="round" />
        <path
          d="M8 6.2v3.3M8 11.5v.05"
          fill="none"
          stroke="var(--glyph-ink, var(--surface))"
          strokeWidth="1.7"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="i-wrap" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.5 4h11M2.5 8h8.75a2 2 0 0 1 0 4H8.5M10 10.25 8.25 12 10 13.75M2.5 12h3" />
        </g>
      </symbol>
      <symbol id="i-tail" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 2.75v8M4.75 7.75 8 11l3.25-3.25M3.5 13.5h9" />
        </g>
      </symbol>
      <symbol id="i-split" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="2.25" y="2.75" width="11.5" height="10.5" rx="1.5" />
          <path d="M8 3v10" />
        </g>
      </symbol>
      <symbol id="g-rolledback" viewBox="0 0 16 16">
        <path
          d="M5.4 2.5 2 5.9l3.4 3.4M2.6 5.9h6.7a3.9 3.9 0 0 1 0 7.8H5.8"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="g-held" viewBox="0 0 16 16">
        <path d="M5.25 7V5.25a2.75 2.75 0 0 1 5.5 0V7" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <rect x="3" y="6.75" width="10" height="7.25" rx="1.5" fill="currentColor" />
      </symbol>
      <symbol id="g-missing" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.6 1.915" />
      </symbol>
      <symbol id="g-suspended" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M6.5 5.75v4.5M9.5 5.75v4.5" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
      </symbol>
      <symbol id="g-syncunknown" viewBox="0 0 16 16">
        <rect x="2" y="2" width="12" height="12" rx="3" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.7 2.05" />
        <path
          d="M6.4 6.5a1.65 1.65 0 1 1 2.4 1.5c-.55.3-.8.6-.8 1.15M8 11.1v.05"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
          strokeLinecap="round"
        />
      </symbol>
      <symbol id="g-syncing" viewBox="0 0 16 16">
        <rect x="2" y="2" width="12" height="12" rx="3" fill="none" stroke="currentColor" strokeWidth="1.5" opacity=".35" />
        <path
          d="M5.2 7.4a2.95 2.95 0 0 1 5.3-1M10.8 4.4v2H8.8M10.8 8.6a2.95 2.95 0 0 1-5.3 1M5.2 11.6v-2h2"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="g-unknown" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path
          d="M6.4 6.5a1.65 1.65 0 1 1 2.4 1.5c-.55.3-.8.6-.8 1.15M8 11.1v.05"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.4"
          strokeLinecap="round"
        />
      </symbol>
      <symbol id="g-failed" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.5" fill="currentColor" />
        <path
          d="m5.8 5.8 4.4 4.4M10.2 5.8l-4.4 4.4"
          fill="none"
          stroke="var(--glyph-ink, var(--surface))"
          strokeWidth="1.7"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </symbol>
      <symbol id="g-queued" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </symbol>
      <symbol id="g-skipped" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M5 11 11 5" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
      </symbol>
      <symbol id="g-cancelled" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <rect x="5.5" y="5.5" width="5" height="5" rx=".7" fill="currentColor" />
      </symbol>
      <symbol id="g-clock" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M8 4.75V8l2.2 1.5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
      </symbol>
      <symbol id="i-clock" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="8" r="5.75" />
          <path d="M8 4.9V8l2.1 1.4" />
        </g>
      </symbol>
      <symbol id="i-check" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="m3.25 8.5 3.1 3 6.4-7" />
        </g>
      </symbol>
      <symbol id="i-commit" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="8" r="2.6" />
          <path d="M1.5 8h3.75M10.75 8h3.75" />
        </g>
      </symbol>
      <symbol id="i-download" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M3 13.25h10" />
        </g>
      </symbol>
      <symbol id="i-trash" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M3 4.5h10M6.25 4.25V3a.75.75 0 0 1 .75-.75h2a.75.75 0 0 1 .75.75v1.25M4.25 4.5l.6 8a1.25 1.25 0 0 0 1.25 1.25h3.8a1.25 1.25 0 0 0 1.25-1.25l.6-8" />
        </g>
      </symbol>
      <symbol id="i-lock" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="3.25" y="7" width="9.5" height="6.5" rx="1.5" />
          <path d="M5.5 7V5.25a2.5 2.5 0 0 1 5 0V7" />
        </g>
      </symbol>
      <symbol id="i-sort" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 3.5v9M5 9.75l3 3 3-3" />
        </g>
      </symbol>
      <symbol id="i-pause" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M5.5 3.75v8.5M10.5 3.75v8.5" />
        </g>
      </symbol>
      <symbol id="i-play" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M5 3.4v9.2L12.25 8z" />
        </g>
      </symbol>
      <symbol id="i-stop" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="4" y="4" width="8" height="8" rx="1" />
        </g>
      </symbol>
      <symbol id="i-clusters" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="2.25" y="2.5" width="11.5" height="4.5" rx="1.25" />
          <rect x="2.25" y="9" width="11.5" height="4.5" rx="1.25" />
          <path d="M4.75 4.75h.05M4.75 11.25h.05" />
        </g>
      </symbol>
      <symbol id="i-projects" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.25 4.5A1.25 1.25 0 0 1 3.5 3.25h2.75l1.5 1.75h4.75a1.25 1.25 0 0 1 1.25 1.25v5.25a1.25 1.25 0 0 1-1.25 1.25h-9a1.25 1.25 0 0 1-1.25-1.25z" />
        </g>
      </symbol>
      <symbol id="i-runs" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="8" r="5.75" />
          <path d="M6.75 5.6v4.8L10.5 8z" />
        </g>
      </symbol>
      <symbol id="g-aborted" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.5" fill="currentColor" />
        <rect x="5.4" y="5.4" width="5.2" height="5.2" rx=".7" fill="var(--glyph-ink, var(--surface))" />
      </symbol>
      <symbol id="g-person" viewBox="0 0 16 16">
        <g fill="currentColor">
          <circle cx="8" cy="4.9" r="2.9" />
          <path d="M2.6 14c.3-3.2 2.5-4.9 5.4-4.9s5.1 1.7 5.4 4.9z" />
        </g>
      </symbol>
      <symbol id="i-sun" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="8" r="2.75" />
          <path d="M8 1.75v1M8 13.25v1M1.75 8h1M13.25 8h1M3.6 3.6l.7.7M11.7 11.7l.7.7M12.4 3.6l-.7.7M4.3 11.7l-.7.7" />
        </g>
      </symbol>
      <symbol id="i-user" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="8" cy="5.25" r="2.5" />
          <path d="M3 13.5a5 5 0 0 1 10 0" />
        </g>
      </symbol>
      <symbol id="i-link-out" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M9.5 2.75h3.75V6.5M13 3 7.5 8.5M11.5 9.5v3a.75.75 0 0 1-.75.75h-7A.75.75 0 0 1 3 12.5v-7a.75.75 0 0 1 .75-.75h3" />
        </g>
      </symbol>
      <symbol id="i-k-volume" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M13 4.25c0 1.1-2.24 2-5 2s-5-.9-5-2 2.24-2 5-2 5 .9 5 2zM3 4.25v7.5c0 1.1 2.24 2 5 2s5-.9 5-2v-7.5M3 8c0 1.1 2.24 2 5 2s5-.9 5-2" />
        </g>
      </symbol>
      <symbol id="i-k-object" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <rect x="2.75" y="2.75" width="10.5" height="10.5" rx="2" />
          <path d="M6 8h4" />
        </g>
      </symbol>
      <symbol id="i-signout" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M6.5 2.75H4a1 1 0 0 0-1 1v8.5a1 1 0 0 0 1 1h2.5M10.25 5 13.25 8l-3 3M13 8H6.5" />
        </g>
      </symbol>
      <symbol id="i-pulls" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="4" cy="3.75" r="1.75" />
          <circle cx="4" cy="12.25" r="1.75" />
          <circle cx="12" cy="12.25" r="1.75" />
          <path d="M4 5.5v5M12 10.5V6.25a2 2 0 0 0-2-2H7.25M9.1 2.2 7.1 4.25l2 2.05" />
        </g>
      </symbol>
      <symbol id="i-merge" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="4" cy="3.75" r="1.6" />
          <circle cx="4" cy="12.25" r="1.6" />
          <circle cx="12" cy="8.5" r="1.6" />
          <path d="M4 5.35v5.3M4.1 5.5c.5 2 2.3 3 6.25 3" />
        </g>
      </symbol>
      <symbol id="i-models" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M8 1.9 13.4 5v6L8 14.1 2.6 11V5zM2.8 5.1 8 8l5.2-2.9M8 8v6" />
        </g>
      </symbol>
      <symbol id="i-file" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M4 2.25h5.25L12.5 5.5v7.25a1 1 0 0 1-1 1H4.5a1 1 0 0 1-1-1V3.25a1 1 0 0 1 1-1zM9 2.5V6h3.25" />
        </g>
      </symbol>
      <symbol id="g-pass" viewBox="0 0 16 16">
        <path d="M8 1.75 12.6 9H3.4z" fill="currentColor" stroke="currentColor" strokeWidth="1" strokeLinejoin="round" />
        <path d="M1.25 12.9h13.5" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      </symbol>
      <symbol id="g-fail" viewBox="0 0 16 16">
        <path d="M8 14.25 12.6 7H3.4z" fill="currentColor" stroke="currentColor" strokeWidth="1" strokeLinejoin="round" />
        <path d="M1.25 3.1h13.5" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      </symbol>
      <symbol id="g-inconclusive" viewBox="0 0 16 16">
        <path d="M1 8h2.1M12.9 8H15" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
        <path d="M8 3.4 12.2 8 8 12.6 3.8 8z" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
      </symbol>
      <symbol id="g-notjudged" viewBox="0 0 16 16">
        <path d="M1.25 8h13.5" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeDasharray="2.2 3.4" />
      </symbol>
      <symbol id="g-draft" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="4" cy="3.75" r="1.6" />
          <circle cx="4" cy="12.25" r="1.6" />
          <circle cx="12" cy="12.25" r="1.6" />
          <path d="M4 5.4v5.2M12 4v.05M12 7v.05" />
        </g>
      </symbol>
      <symbol id="g-merged" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="4" cy="3.75" r="1.6" />
          <circle cx="4" cy="12.25" r="1.6" />
          <circle cx="12" cy="8.5" r="1.6" />
          <path d="M4 5.35v5.3M4.1 5.5c.5 2 2.3 3 6.25 3" />
        </g>
      </symbol>
      <symbol id="i-comment" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M3.5 2.75h9a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1H8L4.75 13.9v-2.65H3.5a1 1 0 0 1-1-1v-6.5a1 1 0 0 1 1-1z" />
        </g>
      </symbol>
      <symbol id="i-folder" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <path d="M2.25 4.5A1.25 1.25 0 0 1 3.5 3.25h2.75l1.5 1.75h4.75a1.25 1.25 0 0 1 1.25 1.25v5.25a1.25 1.25 0 0 1-1.25 1.25h-9a1.25 1.25 0 0 1-1.25-1.25z" />
        </g>
      </symbol>
      <symbol id="i-deliveries" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
          <circle cx="3.25" cy="8" r="1.75" />
          <circle cx="12.75" cy="8" r="1.75" />
          <path d="M5 8h1.5M9.5 8H11M8 3.5v9" />
        </g>
      </symbol>
    </svg>
  )
}
