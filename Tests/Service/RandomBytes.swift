import StrataBase

/// The same bytes every time.
func randomBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var random = Random(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
  return Array(bytes[..<count])
}
