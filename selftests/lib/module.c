// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads and sets the helper's modules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/lib/lab.h"
#include "selftests/lib/module.h"
#include "selftests/lib/report.h"

#define MODULE "nf_conntrack_amanda"

static int modprobe(const char *option, const char *module, const char *value)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		execlp("modprobe", "modprobe", "-q", option, module, value, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("modprobe: %s", strerror(errno));
	return status;
}

/** module_is_loaded() - as a module, or built in with a parameter */
bool module_is_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

/**
 * module_unload() - take both halves out of the kernel
 *
 * The namespaces of earlier tests vanish in the background, and hold the
 * helper until they have.
 */
void module_unload(void)
{
	int tries;

	for (tries = 0; tries < 200 && module_is_loaded(MODULE); tries++) {
		usleep(tries ? 50000 : 0);
		modprobe("-r", "nf_nat_amanda", NULL);
		modprobe("-r", MODULE, NULL);
	}
	if (module_is_loaded(MODULE))
		die(MODULE " cannot be unloaded");
}

/**
 * module_load() - load the helper as an administrator would
 * @option: NULL, or an option of the module
 */
void module_load(const char *option)
{
	if (modprobe("--", MODULE, option))
		die("modprobe " MODULE " %s fails", option ? option : "");
}

/**
 * module_nat_half() - load the NAT half where the helper does not bring it
 *
 * With the stock helper that is left to the administrator.  Elsewhere than in a
 * virtual machine nothing is loaded: there the test tells whether it is there.
 */
void module_nat_half(void)
{
	if (tests_helper() == HELPER_STOCK && getenv("AMFW_VM"))
		modprobe("--", "nf_nat_amanda", NULL);
}

/** module_set() - set a parameter of the loaded helper */
void module_set(const char *parameter, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/" MODULE "/parameters/%s", parameter);
	write_line(path, "%s", value);
}

/** module_remove_nat_half() - and leave the other half, which must be in use */
void module_remove_nat_half(void)
{
	if (modprobe("-r", "nf_nat_amanda", NULL) || module_is_loaded("nf_nat_amanda"))
		die("nf_nat_amanda cannot be unloaded");
}

/** module_load_nat_half() - load it again */
void module_load_nat_half(void)
{
	if (modprobe("--", "nf_nat_amanda", NULL))
		die("modprobe nf_nat_amanda fails");
}

/** saw_parameters() - what the loaded helper is set to */
void saw_parameters(void)
{
	static const char *const names[] = { "master_timeout", "min_port", "ports" };
	char path[128], value[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/sys/module/" MODULE "/parameters/%s", names[i]);
		saw("%s %s", names[i], read_line(path, value, sizeof(value)) ? value : "missing");
	}
}
