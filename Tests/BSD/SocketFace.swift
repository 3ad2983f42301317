/// Socket calls as C has them, of the system's own sockets or of ours: a negative result is an error's
/// number. Addresses are bytes of `sockaddr`.
protocol SocketFace: AnyObject {
  func socket(_ domain: Int32, _ type: Int32, _ number: Int32) -> Int
  func bind(_ fd: Int, _ address: [UInt8]) -> Int
  func listen(_ fd: Int, _ backlog: Int32) -> Int
  func accept(_ fd: Int, _ flags: Int32) -> Int
  func connect(_ fd: Int, _ address: [UInt8]) -> Int
  func send(_ fd: Int, _ bytes: [UInt8], _ flags: Int32, to address: [UInt8]?) -> Int
  /// The result, what was stored, and `msg_flags`.
  func receive(_ fd: Int, _ capacity: Int, _ flags: Int32) -> (result: Int, bytes: [UInt8], flags: Int32)
  func shutdown(_ fd: Int, _ how: Int32) -> Int
  func close(_ fd: Int) -> Int
  /// What it is ready for of `events`.
  func poll(_ fd: Int, _ events: Int16) -> Int
  func setOption(_ fd: Int, _ level: Int32, _ name: Int32, _ value: [UInt8]) -> Int
  func option(_ fd: Int, _ level: Int32, _ name: Int32, _ capacity: Int) -> (result: Int, value: [UInt8])
  func localName(_ fd: Int) -> (result: Int, name: [UInt8])
  func peerName(_ fd: Int) -> (result: Int, name: [UInt8])
  func control(_ fd: Int, _ request: UInt) -> (result: Int, value: Int32)
  func setStatus(_ fd: Int, _ flags: Int) -> Int
  func status(_ fd: Int) -> Int
}
