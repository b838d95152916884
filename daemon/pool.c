/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct pool_job *head;
	struct pool_job **tail;
	size_t queued;
	size_t queue_max;
	bool stopping;
	size_t threads_n;
	pthread_t threads[];
};

static void *
pool_thread(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct pool_job *job;

		while (p->head == NULL && !p->stopping)
			pthread_cond_wait(&p->work, &p->lock);
		job = p->head;
		if (job == NULL)
			break;
		p->head = job->next;
		if (p->head == NULL)
			p->tail = &p->head;
		p->queued--;
		pthread_mutex_unlock(&p->lock);
		job->run(job);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int
pool_start(size_t workers, size_t queue_max, struct pool **p_r)
{
	struct pool *p = calloc(1, sizeof(*p) + workers * sizeof(pthread_t));
	int r;

	if (p == NULL)
		return -ENOMEM;
	p->queue_max = queue_max;
	p->tail = &p->head;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	for (; p->threads_n < workers; p->threads_n++) {
		r = pthread_create(
		    &p->threads[p->threads_n], NULL, pool_thread, p);
		if (r != 0) {
			pool_free(&p);
			return -r;
		}
	}
	*p_r = p;
	return 0;
}

static int
submit(struct pool *p, struct pool_job *job, size_t queue_max)
{
	int r = 0;

	job->next = NULL;
	pthread_mutex_lock(&p->lock);
	if (p->stopping) {
		r = POOL_STOPPING;
	} else if (p->queued >= queue_max) {
		r = POOL_BUSY;
	} else {
		*p->tail = job;
		p->tail = &job->next;
		p->queued++;
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}

int
pool_submit(struct pool *p, struct pool_job *job)
{
	return submit(p, job, p->queue_max);
}

int
pool_go_on(struct pool *p, struct pool_job *job)
{
	return submit(p, job, SIZE_MAX);
}

void
pool_stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (; p->threads_n > 0; p->threads_n--)
		pthread_join(p->threads[p->threads_n - 1], NULL);
}

void
pool_free(struct pool **p)
{
	if (*p == NULL)
		return;
	pool_stop(*p);
	pthread_cond_destroy(&(*p)->work);
	pthread_mutex_destroy(&(*p)->lock);
	free(*p);
	*p = NULL;
}
