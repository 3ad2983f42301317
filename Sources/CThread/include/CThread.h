// Which thread runs, in plain C11: Swift has no portable word for it.
#ifndef STRATA_CTHREAD_H
#define STRATA_CTHREAD_H

#include <stdint.h>

// A number that no other living thread has: the address of what belongs to this one.
uintptr_t strata_thread(void);

#endif
