// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Expectations, as nf_conntrack_expect.c has them.
 *
 * Those of Amanda's helpers, ours and the stock one, are all of one form: TCP from
 * the initiator's address, from any port, to one port of the address that it asked.
 * So two of them are equal or do not touch each other at all.
 */
#include "replay/gateway_private.h"

#include <errno.h>
#include <string.h>

/* The policies of both helpers say so. */
#define EXPECTATION_LIFE	180

/**
 * expectation_key() - what a stream is found by
 * @master: its control flow
 * @port: that it is expected at
 */
struct flow_key expectation_key(const struct flow *master, uint16_t port)
{
	struct flow_key key = master->side[ORIGINAL].key;

	key.protocol = IPPROTO_TCP;
	key.sport = 0;
	key.dport = port;
	return key;
}

/**
 * expectation_find() - what is expected here
 * @gateway: where
 * @key: with a source port of 0
 *
 * Return: NULL where nothing is.
 */
struct expectation *expectation_find(const struct gateway *gateway, const struct flow_key *key)
{
	struct expectation *expectation;

	LIST_FOREACH(expectation, &gateway->expected[key_bucket(gateway, key)], link) {
		if (!memcmp(&expectation->key, key, sizeof(*key)))
			return expectation;
	}
	return NULL;
}

static void unlink_expectation(struct gateway *gateway, struct expectation *expectation)
{
	LIST_REMOVE(expectation, link);
	TAILQ_REMOVE(&expectation->master->expectations, expectation, sibling);
	TAILQ_REMOVE(&gateway->queue, expectation, queued);
	TAILQ_INSERT_HEAD(&gateway->free_expectations, expectation, queued);
	expectation->master->expecting--;
	gateway->counts.expectations--;
}

/**
 * expectation_remove() - nobody is expected here any more
 * @gateway: where
 * @expectation: pending; counted as expired
 */
void expectation_remove(struct gateway *gateway, struct expectation *expectation)
{
	unlink_expectation(gateway, expectation);
	gateway->counts.expired++;
}

/**
 * expectations_expire() - remove those whose time is over
 * @gateway: where
 */
void expectations_expire(struct gateway *gateway)
{
	struct expectation *first;

	while ((first = TAILQ_FIRST(&gateway->queue)) && first->expires <= gateway->now) {
		tell_gone(gateway, first->master, first->key.dport);
		expectation_remove(gateway, first);
	}
}

static struct expectation *take_expectation(struct gateway *gateway)
{
	struct expectation *expectation = TAILQ_FIRST(&gateway->free_expectations);

	if (!expectation)
		return &gateway->expectations[gateway->fresh_expectations++];
	TAILQ_REMOVE(&gateway->free_expectations, expectation, queued);
	return expectation;
}

static void insert_expectation(struct gateway *gateway, struct flow *master,
			       const struct flow_key *key, uint16_t announced, uint32_t number)
{
	struct expectation *expectation = take_expectation(gateway);

	expectation->master = master;
	expectation->key = *key;
	expectation->expires = gateway->now + EXPECTATION_LIFE * SECOND;
	expectation->number = number;
	expectation->announced = announced;
	LIST_INSERT_HEAD(&gateway->expected[key_bucket(gateway, key)], expectation, link);
	TAILQ_INSERT_HEAD(&master->expectations, expectation, sibling);
	TAILQ_INSERT_TAIL(&gateway->queue, expectation, queued);
	master->expecting++;
	gateway->counts.expectations++;
}

static unsigned int most_expected(const struct gateway *gateway)
{
	return gateway->settings.helper == HELPER_STOCK ? STOCK_EXPECTED : OURS_EXPECTED;
}

/**
 * expectation_add() - nf_ct_expect_related()
 * @gateway: where
 * @master: the control flow
 * @port: that the initiator will connect to
 * @announced: that the responder named
 * @skip_master: NF_CT_EXP_F_SKIP_MASTER: tell a clash with another flow apart
 * @made: receives number, port and whether it was there before
 *
 * Return: 0; -EBUSY (-EALREADY with @skip_master) where another flow expects the
 * same; -EMFILE where the table is full.
 */
int expectation_add(struct gateway *gateway, struct flow *master, uint16_t port,
		    uint16_t announced, bool skip_master, struct expected *made)
{
	struct flow_key key = expectation_key(master, port);
	struct expectation *same = expectation_find(gateway, &key);

	if (same && same->master != master)
		return skip_master ? -EALREADY : -EBUSY;
	made->port = port;
	made->again = same;
	made->number = same ? same->number : 0;
	if (same)
		unlink_expectation(gateway, same);
	if (master->expecting >= most_expected(gateway))
		expectation_remove(gateway, TAILQ_LAST(&master->expectations, expectation_list));
	if (gateway->counts.expectations >= gateway->expectations_max) {
		gateway->counts.expired += made->again;
		return -EMFILE;
	}
	if (!same) {
		made->number = ++gateway->last_expectation;
		gateway->counts.expected++;
	}
	insert_expectation(gateway, master, &key, announced, made->number);
	made->lived_until = TAILQ_FIRST(&master->expectations)->expires - gateway->ahead;
	return 0;
}
