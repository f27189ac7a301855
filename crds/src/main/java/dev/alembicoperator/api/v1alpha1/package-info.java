/**
 * The {@code alembic-operator.dev/v1alpha1} API: immutable records that mirror the resource field
 * by field. Behavioural defaults live in the operator's planner, so an absent field is absent here
 * too.
 */
package dev.alembicoperator.api.v1alpha1;
