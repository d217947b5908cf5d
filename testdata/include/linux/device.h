#ifndef _LINUX_DEVICE_H
#define _LINUX_DEVICE_H

#include <linux/types.h>

struct device {
	void *driver_data;
};

struct device_attribute {
	const char *name;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
};

#define DEVICE_ATTR_RO(_name) \
	struct device_attribute dev_attr_##_name = { .name = #_name, .show = _name##_show }

#endif
