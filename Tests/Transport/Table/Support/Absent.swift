import Testing

struct Absent: Error {}
