# First instructions of the guest: all registers are zero here, and so is all memory outside the file.
        .section .text.start
        .globl _start
_start:
        la      sp, stack_top
        call    main
        li      a7, 93                  # exit; a0 holds the code
        ecall
