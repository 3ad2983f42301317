// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Names are those of strata.h.

import CStrata
import Glibc
import StrataBSD
import StrataBase

// What is asked of sockets and set on them, and what they are ready for.

@c @implementation
public func strata_getsockopt(
  _ stack: OpaquePointer!, _ fd: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeMutableRawPointer!,
  _ count: UnsafeMutablePointer<socklen_t>!
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    guard let count else { throw .badAddress }
    guard count.pointee <= Int32.max else { throw .invalidArgument }
    let bytes = try socket.option(level, name).prefix(Int(count.pointee))
    guard value != nil || bytes.isEmpty else { throw .badAddress }
    UnsafeMutableRawBufferPointer(start: value, count: bytes.count).copyBytes(from: bytes)
    count.pointee = socklen_t(bytes.count)
    return 0
  }
}

@c @implementation
public func strata_setsockopt(
  _ stack: OpaquePointer!, _ fd: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeRawPointer!,
  _ count: socklen_t
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    guard count <= Int32.max else { throw .invalidArgument }
    let bytes = try span(value, min(Int(count), mostOption))
    try socket.setOption(level, name, bytes.span.bytes)
    return 0
  }
}

/// No option is longer; what is behind is not looked at.
private let mostOption = 1_024

@c @implementation
public func strata_fcntl(_ stack: OpaquePointer!, _ fd: Int32, _ command: Int32, _ argument: Int) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    switch command {
    case FileFlags.getDescriptor: return stack.flags(fd)
    case FileFlags.setDescriptor:
      stack.setFlags(fd, Int32(argument & FileFlags.closeOnExec))
      return 0
    default: return try socket.fileControl(command, argument)
    }
  }
}

@c @implementation
public func strata_ioctl(
  _ stack: OpaquePointer!, _ fd: Int32, _ request: UInt, _ argument: UnsafeMutablePointer<Int32>!
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    let socket = try stack.socket(fd)
    guard let argument else { throw .badAddress }
    argument.pointee = try socket.control(request, argument.pointee)
    return 0
  }
}

@c @implementation
public func strata_poll(
  _ stack: OpaquePointer!, _ descriptors: UnsafeMutablePointer<pollfd>!, _ count: nfds_t, _ timeout_ms: Int32
) -> Int32 {
  call(stack) { (stack) throws(ErrorNumber) in
    guard descriptors != nil || count == 0 else { throw .badAddress }
    let all = UnsafeMutableBufferPointer(start: descriptors, count: Int(count))
    let now = stack.host.now
    let deadline = timeout_ms < 0 ? Instant.never : now + .milliseconds(Int64(timeout_ms))
    while true {
      let ready = look(at: all, of: stack)
      if ready > 0 || deadline <= stack.host.now { return ready }
      try stack.wait(until: deadline)
    }
  }
}

/// Says of each descriptor what it is ready for of what was asked; gives how many are.
private func look(at all: UnsafeMutableBufferPointer<pollfd>, of stack: SharedStack) -> Int32 {
  var ready: Int32 = 0
  for index in all.indices {
    all[index].revents = 0
    // Who is asked for by a negative number is not asked for.
    if all[index].fd < 0 { continue }
    let events = (try? stack.socket(all[index].fd))?.events ?? .invalid
    let asked = PollEvents(rawValue: all[index].events).union(.always).union(.invalid)
    all[index].revents = events.intersection(asked).rawValue
    if all[index].revents != 0 { ready += 1 }
  }
  return ready
}
