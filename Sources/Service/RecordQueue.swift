/// Records that wait to be taken: a ring that forgets the oldest when it is full.
struct RecordQueue: Sendable {
  private var records: [RequestRecord] = []
  private var first = 0
  private let capacity: Int
  /// Records that were forgotten untaken.
  private(set) var lost = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  mutating func append(_ record: RequestRecord) {
    if records.count < capacity {
      records.append(record)
    } else {
      records[first] = record
      first = (first + 1) % capacity
      lost += 1
    }
  }

  mutating func take() -> RequestRecord? {
    if records.isEmpty { return nil }
    // Back to the order of time, after which taking and adding do not meet in the ring.
    if first > 0 {
      records = Array(records[first...] + records[..<first])
      first = 0
    }
    return records.removeFirst()
  }
}
