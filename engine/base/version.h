#ifndef RQ_BASE_VERSION_H
#define RQ_BASE_VERSION_H

#define RQ_VERSION "0.1.0"           /* of program, library and files */
#define RQ_VERSION_DATE "2026-11-28" /* of the manual pages */

#endif
