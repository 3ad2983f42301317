import StrataBase
import Testing

/// Counts how many of its kind live.
private final class Counted {
  nonisolated(unsafe) var live: UnsafeMutablePointer<Int>
  init(_ live: UnsafeMutablePointer<Int>) {
    self.live = live
    live.pointee += 1
  }
  deinit { live.pointee -= 1 }
}

@Suite struct SlabTests {
  private struct SlabIsFull: Error {}

  private func put(_ slab: inout Slab<Int>, _ number: Int) throws -> Handle {
    guard let handle = slab.insert(number) else { throw SlabIsFull() }
    return handle
  }
  private func taken(_ slab: inout Slab<Int>, _ handle: Handle) -> Int? { slab.remove(handle) }

  @Test func whatIsPutInIsFoundByItsHandle() throws {
    var slab = Slab<Int>(capacity: 200)
    var handles: [Handle] = []
    for number in 0..<200 { handles.append(try put(&slab, number)) }
    #expect(slab.count == 200)
    for (number, handle) in handles.enumerated() { #expect(slab.pointer(handle)?.pointee == number) }
    #expect(slab.handles == handles)
    slab.pointer(handles[7])?.pointee = 70
    #expect(taken(&slab, handles[7]) == 70)
    #expect(slab.count == 199)
  }

  @Test func aStaleHandleFindsNothing() throws {
    var slab = Slab<Int>(capacity: 4)
    let old = try put(&slab, 1)
    #expect(taken(&slab, old) == 1)
    #expect(slab.pointer(old) == nil)
    #expect(taken(&slab, old) == nil)
    #expect(slab.handle(at: old.index) == nil)
    let new = try put(&slab, 2)
    #expect(new.index == old.index)
    #expect(new != old)
    #expect(slab.pointer(old) == nil)
    #expect(taken(&slab, old) == nil)
    #expect(slab.pointer(new)?.pointee == 2)
    #expect(slab.count == 1)
    #expect(slab.handle(at: new.index) == new)
  }

  @Test func aFreedSlotIsUsedAgainLastFirst() throws {
    var slab = Slab<Int>(capacity: 8)
    let handles = try (0..<4).map { try put(&slab, $0) }
    _ = slab.remove(handles[1])
    _ = slab.remove(handles[3])
    let first = try put(&slab, 10), second = try put(&slab, 11)
    #expect(first.index == handles[3].index)
    #expect(second.index == handles[1].index)
  }

  @Test func aFullSlabTakesNoMore() throws {
    var slab = Slab<Int>(capacity: 65)
    var last: Handle?
    for number in 0..<65 { last = slab.insert(number) }
    #expect(throws: SlabIsFull.self) { try put(&slab, 65) }
    #expect(slab.count == 65)
    _ = slab.remove(try #require(last))
    #expect(throws: Never.self) { try put(&slab, 66) }
  }

  @Test func handlesFromElsewhereFindNothing() throws {
    var slab = Slab<Int>(capacity: 4)
    #expect(slab.pointer(Handle(slot: 0, generation: 1)) == nil)
    _ = try put(&slab, 1)
    #expect(slab.pointer(Handle(slot: 0xff_ffff, generation: 1)) == nil)
    #expect(slab.pointer(Handle(slot: 0, generation: 0)) == nil)
    #expect(slab.pointer(Handle(slot: 1, generation: 0)) == nil)
    #expect(slab.handle(at: -1) == nil)
    #expect(slab.handle(at: 1_000) == nil)
  }

  @Test func handlesCarryTheirShard() throws {
    var slab = Slab<Int>(capacity: 4, shard: 7)
    let handle = try put(&slab, 1)
    #expect(handle.shard == 7)
    #expect(handle.index == 0)
    #expect(slab.pointer(handle)?.pointee == 1)
    #expect(slab.handles == [handle])
  }

  @Test func addressesDoNotMoveWhenTheSlabGrows() throws {
    var slab = Slab<Int>(capacity: 1_000)
    let first = try put(&slab, 1)
    let address = slab.pointer(first)
    for number in 0..<999 { _ = slab.insert(number) }
    #expect(slab.pointer(first) == address)
  }

  @Test func everyElementEndsOnce() throws {
    let live = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    live.initialize(to: 0)
    defer { live.deallocate() }
    do {
      var slab = Slab<Counted>(capacity: 70)
      let handles = (0..<70).compactMap { _ in slab.insert(Counted(live)) }
      #expect(live.pointee == 70)
      _ = slab.insert(Counted(live))
      #expect(live.pointee == 70)
      for handle in handles[..<30] { _ = slab.remove(handle) }
      #expect(live.pointee == 40)
    }
    #expect(live.pointee == 0)
  }
}
