{{/* What the objects are called: the release, with the chart's name where the release does not say it. */}}
{{- define "my-app.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{ (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "my-app.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "my-app.labels" -}}
{{ include "my-app.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "my-app.serviceAccount" -}}
{{ .Values.serviceAccount.create | ternary (.Values.serviceAccount.name | default (include "my-app.fullname" .)) (.Values.serviceAccount.name | default "default") }}
{{- end -}}

{{/* Where the parts beside it are found; each sub-chart says it of itself. */}}
{{- define "my-app.connections" -}}
{{- if .Values.postgresql.enabled }}
- name: DATABASE_HOST
  value: {{ include "postgresql.host" .Subcharts.postgresql }}
- name: DATABASE_NAME
  value: {{ .Values.postgresql.auth.database | quote }}
- name: DATABASE_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "postgresql.secret" .Subcharts.postgresql }}
      key: password
{{- end }}
{{- if .Values.redis.enabled }}
- name: REDIS_HOST
  value: {{ include "redis.host" .Subcharts.redis }}
{{- end }}
{{- end -}}
