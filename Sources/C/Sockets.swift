// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Names are those of strata.h.

import CStrata
import Glibc
import StrataBSD
import StrataBase

// Sockets: opening, naming, connecting, ending.

/// Bytes that C points to.
func span(_ pointer: UnsafeRawPointer?, _ count: Int) throws(ErrorNumber) -> [UInt8] {
  if count == 0 { return [] }
  guard let pointer else { throw .badAddress }
  return Array(UnsafeRawBufferPointer(start: pointer, count: count))
}

/// A `sockaddr` that C points to: never longer than what holds every kind of them.
func address(_ pointer: UnsafeRawPointer?, _ count: socklen_t) throws(ErrorNumber) -> [UInt8] {
  guard count <= MemoryLayout<sockaddr_storage>.size else { throw .invalidArgument }
  return try span(pointer, Int(count))
}

/// Gives C an address, or as much of it as there is room for, and says how long it is.
func store(
  _ bytes: [UInt8], _ target: UnsafeMutablePointer<sockaddr>?, _ count: UnsafeMutablePointer<socklen_t>?
) throws(ErrorNumber) {
  guard let target else { return }
  guard let count else { throw .badAddress }
  // It is an `int` to Linux.
  guard count.pointee <= Int32.max else { throw .invalidArgument }
  UnsafeMutableRawBufferPointer(start: target, count: Int(count.pointee)).copyBytes(
    from: bytes.prefix(Int(count.pointee)))
  count.pointee = socklen_t(bytes.count)
}

@c @implementation
public func strata_socket(_ stack: OpaquePointer!, _ domain: Int32, _ type: Int32, _ protocol: Int32) -> Int32
{
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.host.socket(domain: domain, type: type, protocol: `protocol`)
    return stack.add(socket, flags: type & Int32(SOCK_CLOEXEC.rawValue) != 0 ? FD_CLOEXEC : 0)
  }
}

@c @implementation
public func strata_bind(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafePointer<sockaddr>!, _ count: socklen_t
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    let name = try address(name, count)
    try socket.bind(name.span.bytes)
    return 0
  }
}

@c @implementation
public func strata_listen(_ stack: OpaquePointer!, _ fd: Int32, _ backlog: Int32) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    try stack.socket(fd).listen(backlog: backlog)
    return 0
  }
}

@c @implementation
public func strata_accept4(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafeMutablePointer<sockaddr>!,
  _ count: UnsafeMutablePointer<socklen_t>!, _ flags: Int32
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    var accepting = try Accepting(on: stack.socket(fd), flags: flags)
    let (socket, peer) = try stack.finish(&accepting)
    try store(peer, name, count)
    return stack.add(socket, flags: flags & Int32(SOCK_CLOEXEC.rawValue) != 0 ? FD_CLOEXEC : 0)
  }
}

@c @implementation
public func strata_connect(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafePointer<sockaddr>!, _ count: socklen_t
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    let name = try address(name, count)
    var connecting = Connecting(socket, to: name.span.bytes)
    try stack.finish(&connecting)
    return 0
  }
}

@c @implementation
public func strata_shutdown(_ stack: OpaquePointer!, _ fd: Int32, _ how: Int32) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    try stack.socket(fd).shutdown(how)
    return 0
  }
}

@c @implementation
public func strata_close(_ stack: OpaquePointer!, _ fd: Int32) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    var closing = Closing(try stack.remove(fd))
    try stack.finish(&closing)
    return 0
  }
}

@c @implementation
public func strata_getsockname(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafeMutablePointer<sockaddr>!,
  _ count: UnsafeMutablePointer<socklen_t>!
) -> Int32 {
  storeName(stack, fd, name, count) { (socket) throws(ErrorNumber) in try socket.localName() }
}

@c @implementation
public func strata_getpeername(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafeMutablePointer<sockaddr>!,
  _ count: UnsafeMutablePointer<socklen_t>!
) -> Int32 {
  storeName(stack, fd, name, count) { (socket) throws(ErrorNumber) in try socket.peerName() }
}

/// One of a socket's names, to where its caller wants it. What is wrong with the socket is said first.
private func storeName(
  _ stack: OpaquePointer!, _ fd: Int32, _ name: UnsafeMutablePointer<sockaddr>!,
  _ count: UnsafeMutablePointer<socklen_t>!, _ body: (BSDSocket) throws(ErrorNumber) -> [UInt8]
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let bytes = try body(stack.socket(fd))
    guard let name else { throw .badAddress }
    try store(bytes, name, count)
    return 0
  }
}
