{{- define "alembic-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "alembic-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "alembic-operator.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "alembic-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "alembic-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "alembic-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "alembic-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: alembic-operator
{{- end -}}

{{- define "alembic-operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "alembic-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "alembic-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* What the operator does in a namespace that it watches; a test compares this with the calls that it makes. */}}
{{- define "alembic-operator.rules" -}}
- apiGroups: [alembic-operator.dev]
  resources: [databasemigrations]
  verbs: [list, watch]
- apiGroups: [alembic-operator.dev]
  resources: [databasemigrations/status]
  verbs: [patch]
# Migrations.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# The runner's report, where it does not fit into the termination message.
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# The runner's ConfigMap, and ConfigMaps that resources name.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, delete]
# Those that resources name; never listed.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Whether a CloudNativePG cluster exists whose Secret does not.
- apiGroups: [postgresql.cnpg.io]
  resources: [clusters]
  verbs: [get]
# Why a Job has no pod.
- apiGroups: [""]
  resources: [events]
  verbs: [list]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}
