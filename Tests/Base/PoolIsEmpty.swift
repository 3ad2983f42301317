import StrataBase
import Testing

struct PoolIsEmpty: Error {}
