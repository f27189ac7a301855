/**
 * Jobs as local processes: {@link dev.alembicoperator.testing.jobs.LocalJobs} watches the Jobs of
 * any API server, a mock or a real one, and plays the Job controller, the scheduler and the kubelet
 * for them. It is what the lifecycle tests and the quickstart run on.
 *
 * <p>What a pod shows here was read off Kubernetes 1.34: file names in the comments are those of
 * its source tree. What cannot be had without containers is said where it matters: file system and
 * network are the machine's own, and process 1 is an ordinary process.
 */
package dev.alembicoperator.testing.jobs;
