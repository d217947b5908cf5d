// Expressions of GNU C and of C11: generic selections, compound literals, alignment, casts to
// unions, complex numbers, wide and other literals, attributes of types.

#include <linux/rcupdate.h>

struct cfg {
	int mtu;
};

struct port {
	struct cfg __rcu *cfg;
	int mode;
};

union number {
	int i;
	float f;
};

_Static_assert(sizeof(struct cfg) == sizeof(int), "one number");

int generic(struct port *port)
{
	int kind = _Generic(port->mode, int: 1, unsigned int: 2, default: 3);

	return kind + _Generic(1, int: port->cfg->mtu, default: 0); // error: RCU101
}

int literals(struct port *port)
{
	struct cfg *cfg = &(struct cfg){ .mtu = 1 };
	int *list = (int[]){ 1, 2, [5] = 3, [7 ... 9] = 4 };
	union number number = (union number)1;

	return cfg->mtu + list[0] + number.i + port->cfg->mtu; // error: RCU101
}

int alignment(struct port *port)
{
	_Alignas(16) char room[16];
	__int128 wide = 1;
	_Bool yes = 1;
	int digits = 0b1010 + 0x1p3 + 'ab' + L'x' + sizeof u8"text" + sizeof(U"x");

	room[0] = yes;
	return room[0] + (int)wide + digits + (int)_Alignof(struct cfg) +
	       port->cfg->mtu; // error: RCU101
}

int builtins(struct port *port)
{
	if (__builtin_expect(!!port->mode, 0))
		__builtin_unreachable();
	return __builtin_choose_expr(1, port->mode, 0) + (int)__builtin_offsetof(struct port, mode) +
	       __builtin_types_compatible_p(int, typeof(port->mode)) +
	       port->cfg->mtu; // error: RCU101
}

int extension(struct port *port)
{
	return __extension__({ port->cfg->mtu; }); // error: RCU101
}

int designators(struct port *port)
{
	struct port copy = { .mode = port->cfg->mtu }; // error: RCU101
	struct cfg old = { mtu: 1 };

	return copy.mode + old.mtu;
}
