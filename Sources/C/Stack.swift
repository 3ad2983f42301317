// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Names are those of strata.h.

import CStrata
import Glibc
import StrataBSD
import StrataBase

// The stack itself: strata.h up to the sockets. What each function does is said there.

/// The stack that C holds a pointer to.
func shared(_ stack: OpaquePointer?) -> SharedStack? {
  stack.map { Unmanaged<SharedStack>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

/// Makes a call of a stack: -1 and `errno` where it fails.
func call<R: FixedWidthInteger & SignedInteger>(
  _ stack: OpaquePointer?, _ body: (SharedStack) throws(ErrorNumber) -> R
) -> R {
  guard let stack = shared(stack) else {
    errno = ErrorNumber.badAddress.rawValue
    return -1
  }
  do throws(ErrorNumber) {
    return try stack.locked { () throws(ErrorNumber) in try body(stack) }
  } catch {
    errno = error.rawValue
    return -1
  }
}

/// C's text; a null pointer is an address that no program may use.
private func text(_ pointer: UnsafePointer<CChar>?) throws(ErrorNumber) -> String {
  guard let pointer else { throw .badAddress }
  return String(cString: pointer)
}

@c @implementation
public func strata_new(_ mtu: UInt32, _ seed: UInt64) -> OpaquePointer? {
  guard let stack = SharedStack(mtu: Int(mtu), seed: seed) else {
    errno = ErrorNumber.invalidArgument.rawValue
    return nil
  }
  return OpaquePointer(Unmanaged.passRetained(stack).toOpaque())
}

@c @implementation
public func strata_free(_ stack: OpaquePointer!) {
  guard let stack, let shared = shared(stack) else { return }
  shared.end()
  Unmanaged<SharedStack>.fromOpaque(UnsafeRawPointer(stack)).release()
}

@c @implementation
public func strata_address(
  _ stack: OpaquePointer!, _ address: UnsafePointer<CChar>!, _ gateway: UnsafePointer<CChar>!
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let gateway = gateway.map { String(cString: $0) }
    try stack.host.addAddress(text(address), gateway: gateway)
    return 0
  }
}

@c @implementation
public func strata_set(
  _ stack: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ value: UnsafePointer<CChar>!
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    try stack.host.set(text(name), to: text(value))
    return 0
  }
}

@c @implementation
public func strata_ip_input(_ stack: OpaquePointer!, _ packet: UnsafeRawPointer!, _ count: Int) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    guard let packet else { throw .badAddress }
    try stack.host.receive(RawSpan(_unsafeStart: packet, byteCount: count))
    return 0
  }
}

@c @implementation
public func strata_ip_output(
  _ stack: OpaquePointer!, _ packet: UnsafeMutableRawPointer!, _ capacity: Int,
  _ time_ns: UnsafeMutablePointer<Int64>!
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    guard let count = stack.host.nextCount else { return 0 }
    if count > capacity { throw .messageTooLong }
    guard let packet else { throw .badAddress }
    stack.host.takePacket { bytes, time in
      bytes.withUnsafeBytes { packet.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      time_ns?.pointee = time.nanoseconds
    }
    return count
  }
}

@c @implementation
public func strata_advance(_ stack: OpaquePointer!, _ now_ns: Int64) -> Int64 {
  call(stack) { (stack) throws(ErrorNumber) in
    stack.host.advance(to: Instant(nanoseconds: now_ns))
    return stack.nextDeadline.nanoseconds
  }
}
