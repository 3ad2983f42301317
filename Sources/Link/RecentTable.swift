/// A dictionary that keeps what was used last. It forgets in two steps: when half of `most` entries were
/// set anew, those that were not used since the last time are gone.
@usableFromInline struct RecentTable<Key: Hashable, Value> {
  /// The most entries.
  let most: Int
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]

  init(most: Int) { self.most = most }

  var count: Int { young.count + old.count }

  /// An entry that is read or set counts as used.
  subscript(key: Key) -> Value? {
    mutating get {
      if let value = young[key] { return value }
      guard let value = old.removeValue(forKey: key) else { return nil }
      keep(value, key)
      return value
    }
    set {
      old[key] = nil
      if let newValue { keep(newValue, key) } else { young[key] = nil }
    }
  }

  private mutating func keep(_ value: Value, _ key: Key) {
    young[key] = value
    if young.count < most / 2 { return }
    old = young
    young = [:]
  }
}
