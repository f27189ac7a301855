/**
 * Observation to Decision: pure functions, no client, no clock. {@link
 * dev.alembicoperator.plan.Planner} lists the rules in the order in which they are asked.
 */
package dev.alembicoperator.plan;
